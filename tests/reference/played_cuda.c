/* NVRTC and CUDA's driver as far as we call them, played for tests: declared from their documentation,
   independently of the Python side. What they are asked for can be read back. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* --- NVRTC: "compiles" by adding up names and options; refuses a text that says so. --- */
typedef struct {
    char text[4096];
    int failed;
} Program;

static Program program;
static char log_text[256];

int nvrtcVersion(int *major, int *minor) { return *major = 13, *minor = 7, 0; }
const char *nvrtcGetErrorString(int status) { return status == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_ODD"; }
int nvrtcCreateProgram(void **made, const char *source, const char *name, int headers,
                       const char *const *texts, const char *const *names) {
    snprintf(program.text, sizeof program.text, "%s:%d:", name, (int)strlen(source));
    for (int i = 0; i < headers; ++i) {
        char one[256];
        snprintf(one, sizeof one, "%s:%d:", names[i], (int)strlen(texts[i]));
        strncat(program.text, one, sizeof program.text - strlen(program.text) - 1);
    }
    program.failed = strstr(source, "#error") != NULL;
    *made = &program;
    return 0;
}
int nvrtcCompileProgram(void *given, int count, const char *const *options) {
    Program *own = given;
    if (own->failed) {
        strcpy(log_text, "training.cu(3): error: asked for\nand more\n");
        return 6;
    }
    for (int i = 0; i < count; ++i) strcat(own->text, options[i]);
    return 0;
}
int nvrtcGetProgramLogSize(void *given, size_t *size) { return (void)given, *size = strlen(log_text) + 1, 0; }
int nvrtcGetProgramLog(void *given, char *text) { return (void)given, strcpy(text, log_text), 0; }
int nvrtcGetCUBINSize(void *given, size_t *size) { return *size = strlen(((Program *)given)->text), 0; }
int nvrtcGetCUBIN(void *given, char *code) {
    memcpy(code, ((Program *)given)->text, strlen(((Program *)given)->text));
    return 0;
}
int nvrtcDestroyProgram(void **given) { return *given = NULL, 0; }

/* --- The driver. --- */
typedef struct {
    int id;
    char padding[4];
    union {
        char bytes[64];
        struct {
            unsigned x, y, z;
        } cluster;
    } value;
} Attribute;

typedef struct {
    unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes;
    void *stream;
    Attribute *attributes;
    unsigned attribute_count;
} Launch;

static char loaded[64];
static int settings[16];
static Launch last;
static Attribute last_attribute;
static char last_function[32];
static long long last_argument;

int cuModuleLoadData(void **module, const char *code) {
    strncpy(loaded, code, sizeof loaded - 1);
    if (!strcmp(code, "odd")) return 209;
    return *module = loaded, 0;
}
int cuModuleGetFunction(void **function, void *module, const char *name) {
    static char names[4][32];
    static int count;
    (void)module;
    strncpy(names[count % 4], name, 31);
    return *function = names[count++ % 4], 0;
}
int cuFuncSetAttribute(void *function, int which, int value) { return (void)function, settings[which] = value, 0; }
int cuCtxGetDevice(int *device) { return *device = 5, 0; }
int cuDeviceGetAttribute(int *value, int which, int device) {
    return *value = device == 5 && which == 97 ? 232448 : -1, 0;
}
int cuOccupancyMaxActiveClusters(int *count, void *function, const Launch *launch) {
    (void)function;
    if (launch->attributes[0].value.cluster.x > 8) return 912;
    return *count = 128 / launch->attributes[0].value.cluster.x, 0;
}
int cuLaunchKernelEx(const Launch *launch, void *function, void **arguments, void **extra) {
    last = *launch;
    last_attribute = launch->attributes[0];
    strncpy(last_function, function, 31);
    last_argument = *(long long *)arguments[0];
    return extra || launch->shared_bytes > 232448 ? 1 : 0;
}
int cuGetErrorString(int status, const char **text) {
    return *text = status == 1 ? "invalid argument" : status == 209 ? "no kernel image" : NULL, 0;
}

/* --- What was asked for. --- */
void asked(long long *answers) {
    const long long own[] = {last.grid_x, last.grid_y, last.grid_z, last.block_x, last.block_y,
                             last.block_z, last.shared_bytes, (long long)(intptr_t)last.stream,
                             last.attribute_count, last_attribute.id, last_attribute.value.cluster.x,
                             last_attribute.value.cluster.y, last_attribute.value.cluster.z,
                             last_argument, settings[8], settings[14]};
    memcpy(answers, own, sizeof own);
}
const char *asked_function(void) { return last_function; }
