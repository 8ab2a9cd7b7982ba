# Out-of-context synthesis, placement and routing of every part of a circuit, at every clock.
#
#     vivado -mode batch -source vivado.tcl
#
# settings.tcl beside this file says what to build. Reports go to reports/; the command
# "logicjsc synth --read" on the folder reads them. Block RAM and DSP blocks are switched off and
# shift registers left as flip-flops, because they would hide logic from a count of LUTs.

set here [file dirname [file normalize [info script]]]
source [file join $here settings.tcl]
file mkdir [file join $here reports]

proc write_reports {here name stage} {
    set start [file join $here reports ${name}_${stage}]
    report_utilization -file ${start}_utilization.rpt
    report_timing_summary -delay_type min_max -max_paths 10 -file ${start}_timing.rpt
}

foreach {part top clock} $parts {
    foreach period $periods {
        set name ${part}_${period}ns
        create_project -in_memory -part $device
        read_verilog [glob [file join $here rtl *.v]]
        read_xdc -mode out_of_context [file join $here ${clock}_${period}ns.xdc]
        synth_design -top $top -part $device -mode out_of_context \
            -flatten_hierarchy rebuilt -no_srlextract -max_bram 0 -max_uram 0 -max_dsp 0
        write_reports $here $name synthesis
        opt_design
        place_design -directive Explore
        phys_opt_design -directive AggressiveExplore
        route_design -directive Explore
        write_reports $here $name routing
        write_checkpoint -force [file join $here reports ${name}.dcp]
        close_project
    }
}
