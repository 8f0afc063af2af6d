namespace NnService.Engine.Schedules;

/// <summary>η(e) = η₀ (e + 1) / (w + 1) during the w warm-up epochs, with η₀ the schedule's first rate; then the schedule from its start.</summary>
internal sealed class Warmup(Schedule schedule, int warmupEpochs) : Schedule
{
    public override bool Reacts => schedule.Reacts;

    public override bool IsStepwise => schedule.IsStepwise;

    public override double[] Scalars => schedule.Scalars;

    public override double LearningRate(int epoch) =>
        epoch < warmupEpochs ? schedule.LearningRate(0) * ((epoch + 1.0) / (warmupEpochs + 1)) : schedule.LearningRate(epoch - warmupEpochs);

    public override double LearningRate(int epoch, double done) =>
        epoch < warmupEpochs ? LearningRate(epoch) : schedule.LearningRate(epoch - warmupEpochs, done);

    // What the loss does while the rate is rising says nothing about a plateau.
    public override void Observe(int epoch, double loss)
    {
        if (epoch >= warmupEpochs)
            schedule.Observe(epoch - warmupEpochs, loss);
    }
}
