namespace NnService.Engine.Training;

/// <summary>One point of the loss history: epoch 0 is the untrained network, epoch e is after e epochs.</summary>
/// <param name="Epoch">Epochs trained.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="TrainLoss">Loss over the training part, or the running mean of the epoch's minibatches where they weigh anything.</param>
/// <param name="ValidationLoss">Loss over the validation part; null without one.</param>
/// <param name="LearningRate">The rate of the epoch; of the first one for epoch 0.</param>
/// <param name="TrainScore">Accuracy or R² over the training part; null where the loss is a running mean, or R² is undefined.</param>
/// <param name="ValidationScore">Accuracy or R² over the validation part; null without one, or where R² is undefined.</param>
public sealed record EpochResult(
    int Epoch, long Step, double TrainLoss, double? ValidationLoss, double LearningRate, double? TrainScore, double? ValidationScore);
