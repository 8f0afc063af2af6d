// T1 and T2 with FANN in double precision: gcc -O3 -march=native fann.c -ldoublefann -lm
// FANN has no layers without biases, so its T2 has ten parameters more.
#include <doublefann.h>
#include <string.h>

#include "timing.h"

static fann_type heights[4][2] = {{-2, -1}, {25, 6}, {17, 4}, {-15, -6}}, female[4][1] = {{1}, {0}, {0}, {1}};
static fann_type points[4][3] = {{0, 0, 1}, {1, 1, 1}, {1, 0, 1}, {0, 1, 1}}, labels[4][1] = {{0}, {1}, {1}, {0}};
static struct fann *network;
static struct fann_train_data *data;

static void settle(struct fann *made) {
    if (network)
        fann_destroy(network);
    network = made;
    fann_set_activation_function_hidden(network, FANN_SIGMOID);
    fann_set_activation_function_output(network, FANN_SIGMOID); // steepness 0.5, the default, is 1 / (1 + e^-z)
    fann_set_train_error_function(network, FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(network, 0.1f);
    fann_randomize_weights(network, -1, 1);
}

static void prepare_heights(void) {
    settle(fann_create_standard(3, 2, 2, 1));
    fann_set_training_algorithm(network, FANN_TRAIN_INCREMENTAL);
}

static void train_heights(void) {
    for (int epoch = 0; epoch < 1000; epoch++)
        for (int s = 0; s < 4; s++)
            fann_train(network, heights[s], female[s]);
}

static void prepare_points(void) {
    if (!data) {
        data = fann_create_train(4, 3, 1);
        for (int s = 0; s < 4; s++) {
            memcpy(data->input[s], points[s], sizeof points[s]);
            memcpy(data->output[s], labels[s], sizeof labels[s]);
        }
    }
    settle(fann_create_standard(4, 3, 4, 5, 1));
    fann_set_training_algorithm(network, FANN_TRAIN_BATCH);
}

static void train_points(void) {
    for (int epoch = 0; epoch < 5000; epoch++)
        fann_train_epoch(network, data);
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "T1") == 0)
        report("FANN 2.2", prepare_heights, train_heights);
    else if (count > 1 && strcmp(arguments[1], "T2") == 0)
        report("FANN 2.2", prepare_points, train_points);
    else
        return 2;
    return 0;
}
