using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Losses;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Looks at the loss a training has ended with: a run may have gone astray without a number that is not finite.</summary>
internal static class FinalLoss
{
    private const double Absurd = 10; // times the loss of one answer for all rows; an untrained network hardly reaches it
    private const double Slight = 1e-6; // of the loss of answering 0: targets that are all the same have no spread to compare with
    private const int ChunkRows = 256;

    /// <summary>A warning where the network answers far worse than one answer for every row would; null otherwise.</summary>
    public static string? Warning<T>(TrainingPlan plan, Samples<T> train, EpochResult? kept)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (kept?.TrainLoss is not { } loss)
            return null;
        var spec = plan.Configuration.Loss!;
        var constant = OfOneAnswer(spec, train, MeansOf(train));
        if (constant == 0)
            return loss > Math.Max(Absurd, Slight * OfOneAnswer(spec, train, new double[train.TargetWidth])) ? OfEqualTargets<T>(loss) : null;
        if (!double.IsFinite(constant) || loss <= Absurd * constant)
            return null;
        var times = double.IsFinite(loss / constant) ? $"{Figure(loss / constant)} times" : "far above";
        return $"The training ended with a loss of {Figure(loss)}, {times} that of the same answer for every row ({Figure(constant)}): "
            + "the network has learnt nothing that can be used. Lower the learning rate, clip the gradient (gradientClipNorm), or scale the inputs.";
    }

    private static string OfEqualTargets<T>(double loss) =>
        $"The training ended with a loss of {Figure(loss)}, although every training row has the same target"
        + $"{(typeof(T) == typeof(float) ? " as float32 holds it" : "")}, which one answer for all rows would meet: the network has learnt nothing that "
        + "can be used. Standardize the target, lower the learning rate, or clip the gradient (gradientClipNorm).";

    // The answers are given for each output, as the mean of its targets is; a logit is made of them where the loss reads logits.
    private static double OfOneAnswer<T>(LossSpec spec, Samples<T> train, double[] means)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (loss, width) = (spec.Build<T>(), train.TargetWidth);
        var answers = new T[ChunkRows * width];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = T.CreateTruncating(spec.Link switch
            {
                OutputLink.Sigmoid => Math.Log(AboveZero(means[i % width]) / AboveZero(1 - means[i % width])),
                OutputLink.Softmax => Math.Log(AboveZero(means[i % width])),
                _ => means[i % width],
            });
        double sum = 0, weight = 0;
        for (var start = 0; start < train.Rows; start += ChunkRows)
        {
            var rows = Math.Min(ChunkRows, train.Rows - start);
            sum += loss.Sum(answers.AsSpan(0, rows * width), train.Targets(start, rows), train.Weights(start, rows), width);
            weight += Loss<T>.TotalWeight(train.Weights(start, rows), rows);
        }

        return loss.IsSum ? sum : sum / weight;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double[] MeansOf<T>(Samples<T> train)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (means, share) = (new double[train.TargetWidth], 1.0 / train.Rows);
        for (var start = 0; start < train.Rows; start += ChunkRows)
        {
            var targets = train.Targets(start, Math.Min(ChunkRows, train.Rows - start));
            for (var at = 0; at < targets.Length; at += means.Length) // divided first, for their sum may be too large for a number
                for (var i = 0; i < means.Length; i++)
                    means[i] += double.CreateTruncating(targets[at + i]) * share;
        }

        return means;
    }

    private static double AboveZero(double share) => Math.Max(share, 1e-12);

    private static string Figure(double number) => number.ToString("G3", CultureInfo.InvariantCulture);
}
