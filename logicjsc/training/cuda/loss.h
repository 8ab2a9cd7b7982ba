// The loss of a jet and its gradient by the scores; see logicjsc/training/objective.py.
#pragma once

#include "member.h"

class Loss {
  public:
    // That of a jet of this thread block.
    __device__ Loss(const Member &own, int jet)
        : own_(own), jet_(jet), softer_(1.0f / own.run.temperature),
          first_(own.net.rows - own.net.classes), label_(static_cast<int>(own.labels[jet])),
          step_(own.steps[own.net.blocks - 1]), bias_(own.values[own.net.score_bias()]),
          scale_(own.values[own.net.score_scale()]) {
        highest_ = score(0);
        for (int c = 1; c < classes(); ++c) highest_ = fmaxf(highest_, score(c));
        for (int c = 0; c < classes(); ++c) {
            const float shifted = score(c) - highest_;
            total_ += expf(shifted);
            all_ += shifted;
            if (!taught()) continue;
            soft_total_ += expf(shifted * softer_);
            wanted_ += teacher(c) * shifted * softer_;
        }
    }

    __device__ float value() const {
        const Steps &run = own_.run;
        const float spread = run.smoothing / classes(), rest = 1.0f - run.smoothing;
        const float loss = logf(total_) - ((score(label_) - highest_) * rest + all_ * spread);
        if (!taught()) return loss;
        const float soft = logf(soft_total_) - wanted_;
        return loss * (1.0f - run.teacher_weight) +
               soft * run.teacher_weight * run.temperature * run.temperature;
    }

    // The gradient of the batch's mean.
    __device__ float gradient(int c) const {
        const Steps &run = own_.run;
        const float shifted = score(c) - highest_;
        const float hard = (c == label_ ? 1.0f - run.smoothing : 0.0f) + run.smoothing / classes();
        float gradient = expf(shifted) / total_ - hard;
        if (taught()) {
            const float pull = expf(shifted * softer_) / soft_total_ - teacher(c);
            gradient = gradient * (1.0f - run.teacher_weight) +
                       pull * run.teacher_weight * run.temperature;
        }
        return gradient / run.batch;
    }

  private:
    __device__ int classes() const { return own_.net.classes; }
    __device__ bool taught() const { return own_.run.jets.teacher != nullptr; }
    __device__ float teacher(int c) const { return own_.teacher[jet_ * classes() + c]; }
    __device__ float score(int c) const {
        return (own_.codes[(first_ + c) * own_.stride + jet_] * step_ + bias_) * scale_;
    }

    const Member &own_;
    const int jet_;
    const float softer_;
    const int first_, label_;
    const float step_, bias_, scale_;
    float highest_, total_ = 0.0f, all_ = 0.0f, soft_total_ = 0.0f, wanted_ = 0.0f;
};
