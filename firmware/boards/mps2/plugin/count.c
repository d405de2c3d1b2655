/*
 * Counts the instructions of every call of one function, callees included, while QEMU runs.
 *
 * A plugin for QEMU's translator (TCG). It needs no header of QEMU: what it uses of the plugin
 * interface is declared below and is the same in all versions of that interface so far.
 *
 *   cc -shared -fPIC -O2 -DQEMU_PLUGIN_API=1 -o count.so count.c
 *   qemu-system-arm ... -plugin ./count.so,entry=0x1234,out=counts.txt
 *
 * QEMU_PLUGIN_API is 1 for QEMU before 9.0, 2 from 9.0 on. `entry` is the address of the function
 * without the Thumb bit. Each call that returns appends its count, one line each; a call that
 * never returned (the processor was reset in it) appends "lost". Several QEMUs may append to one
 * file. An instruction that a condition skips is counted: it takes its time, too. An interrupt
 * within the call is counted with it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef QEMU_PLUGIN_API
#define QEMU_PLUGIN_API 1
#endif

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t qemu_plugin_id_t;
typedef void (*on_translation)(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void (*on_execution)(unsigned int processor, void *data);
enum { NO_REGISTERS = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, on_translation callback);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
                                            on_execution callback, int registers, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

EXPORT int qemu_plugin_version = QEMU_PLUGIN_API;

static uint64_t entry;
static FILE *out;

/* Address behind the instruction before; at the entry it is where the call returns to. */
static uint64_t behind;
static uint64_t return_to;
static uint64_t count;
static int is_inside;

/* Nobody says when QEMU is ended, so every line is written at once. */
static void say(const char *line)
{
    if (fputs(line, out) < 0 || fflush(out) != 0) {
        perror("count.so: writing");
        exit(1);
    }
}

static void executed(unsigned int processor, void *data)
{
    /* Address and size of the instruction, as `translated` put them together. */
    uint64_t packed = (uint64_t)(uintptr_t)data;
    uint64_t address = packed >> 3;
    (void)processor;

    if (is_inside) {
        if (address == return_to) {
            char line[32];
            snprintf(line, sizeof line, "%" PRIu64 "\n", count);
            say(line);
            is_inside = 0;
        } else if (address != entry) {
            count++;
        }
    }
    if (address == entry) {
        if (is_inside) {
            say("lost\n");
        }
        is_inside = 1;
        return_to = behind;
        count = 1;
    }
    behind = address + (packed & 7);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    size_t length = qemu_plugin_tb_n_insns(block);
    (void)id;
    for (size_t index = 0; index < length; index++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, index);
        uint64_t packed =
            qemu_plugin_insn_vaddr(instruction) << 3 | qemu_plugin_insn_size(instruction);
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, NO_REGISTERS,
                                               (void *)(uintptr_t)packed);
    }
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *machine, int argc, char **argv)
{
    (void)machine;
    for (int index = 0; index < argc; index++) {
        if (strncmp(argv[index], "entry=", 6) == 0) {
            char *end = NULL;
            entry = strtoull(argv[index] + 6, &end, 0);
            if (end == argv[index] + 6 || *end != '\0' || (entry & 1) != 0) {
                fprintf(stderr, "count.so: %s is no even address\n", argv[index]);
                return 1;
            }
        } else if (strncmp(argv[index], "out=", 4) == 0) {
            out = fopen(argv[index] + 4, "a");
            if (out == NULL) {
                perror(argv[index]);
                return 1;
            }
        } else {
            fprintf(stderr, "count.so: unknown argument %s\n", argv[index]);
            return 1;
        }
    }
    if (entry == 0 || out == NULL) {
        fprintf(stderr, "count.so: entry=ADDRESS and out=FILE are needed\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
