using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Memory that a job takes, by estimate, and whether its encoded rows are in it: where they do not fit beside the rest, or a part of them
/// does not into an array, files have them.</summary>
/// <param name="Bytes">Beside what the service needs anyway: the encoded rows or a window of them, a piece of the table at a time, parameters and the
/// optimizer's state.</param>
/// <param name="RowBytes">All encoded rows.</param>
/// <param name="WindowBytes">Encoded rows that are in memory at a time; null: all of them.</param>
/// <param name="FileBytes">Files of the data folder that the run makes; 0 where the rows are in memory.</param>
internal sealed record JobMemory(long Bytes, long RowBytes, long? WindowBytes, long FileBytes)
{
    private const long BytesAroundARow = 96; // its place in the split, its hash, its target, a few answers and their sorted copies
    private const int FewAnswers = 8;

    /// <summary>The estimate. The rows stay in memory where files would not make it fit either.</summary>
    public static JobMemory Of(TrainingPlan plan, Table table, JobLimits limits) =>
        plan.Configuration.Precision == Precision.Float32 ? Of<float>(plan, table, limits) : Of<double>(plan, table, limits);

    private static JobMemory Of<T>(TrainingPlan plan, Table table, JobLimits limits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (train, validation, test) = ((long)plan.Split.Train.Length, (long)plan.Split.Validation.Length, (long)plan.Split.Test.Length);
        long inputs = plan.Features.Layout.CompactWidth;
        var others = BytesOfNetworks<T>(plan, table);
        long target = new SampleEncoder(plan.Features, plan.Target, plan.Outputs).KeptTargetWidth;
        var inMemory = (train + validation + test) * (inputs + target) * Unsafe.SizeOf<T>();
        var fitArrays = Math.Max(Math.Max(train, validation), test) * Math.Max(inputs, target) <= Array.MaxLength;
        var configuration = plan.Configuration;
        var isDrawn = configuration.Order == VisitOrder.WithReplacement;
        var visits = isDrawn ? (long)configuration.StepsPerEpoch!.Value * configuration.BatchSize!.Value : train;
        var rows = new JobMemory(others + inMemory + (isDrawn ? visits * sizeof(int) : 0), inMemory, null, 0);
        if (rows.Bytes <= limits.MostMemoryBytes && fitArrays)
            return rows;

        var encoder = plan.EncoderOn(table);
        var (rowBytes, stored) = (encoder.BytesOf<T>(1), encoder.BytesOf<T>(train + validation));
        var window = RowStorage.WindowFor(limits.MostMemoryBytes, rowBytes, visits);
        var piece = Math.Min(table.Rows, table.RowsPerSlice) * rowBytes;
        var bytes = others + piece + RowStorage.BytesInMemory(window, rowBytes, visits);
        var distributed = configuration.Order == VisitOrder.Sequential ? 0 : visits * rowBytes;
        return bytes <= limits.MostMemoryBytes || (bytes < rows.Bytes && !fitArrays) ? new JobMemory(bytes, stored, window, stored + distributed) : rows;
    }

    // Everything but the encoded rows: the largest network while it is trained, and those that are finished.
    private static long BytesOfNetworks<T>(TrainingPlan plan, Table table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var networks = plan.Networks;
        var finished = (networks.Sum(network => network.ParameterCount) - networks[^1].ParameterCount) * Unsafe.SizeOf<T>();
        return finished + networks.Max(network => BytesOfOne<T>(network, table));
    }

    private static long BytesOfOne<T>(TrainingPlan plan, Table table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var configuration = plan.Configuration;
        var vectors = 2 + configuration.Optimizer!.Build<T>(1).Vectors.Count + (configuration.EarlyStopping!.RestoreBest ? 1 : 0);
        var batches = configuration.BatchSize!.Value * (NumbersAtOnce(plan) + plan.Features.Width + (2L * plan.Outputs)); // targets, gathered and in a row
        var linear = Math.Min(LinearFit.MostParameters, (plan.Features.Width + 1L) * plan.Outputs) * 22 * sizeof(double);
        var gradients = plan.ParameterCount * (EnsembleDivision.Of(plan.Network, configuration.BatchSize.Value).Gradients - 1); // beside that of every network
        var saved = plan.ParameterCount * vectors * 2; // once more for a checkpoint
        var piece = (long)Math.Min(table.Rows, table.RowsPerSlice) * table.Columns.Count * sizeof(double);
        var answers = (long)table.Rows * Math.Max(0, plan.Outputs - FewAnswers) * sizeof(double); // of thousands of classes they take more than all else
        return ((saved + gradients + batches) * Unsafe.SizeOf<T>()) + linear + piece + answers + (table.Rows * BytesAroundARow);
    }

    // Numbers that a row leaves in the layers of a step; of an ensemble in those of the members that are taken at once.
    private static long NumbersAtOnce(TrainingPlan plan)
    {
        var shape = NetworkShape.Of(plan.Network, plan.Features.InputLayout(), plan.Outputs);
        return shape.NumbersPerRow(EnsembleDivision.Of(plan.Network, plan.Configuration.BatchSize!.Value).MembersAtOnce(plan.Network.MemberCount))!.Value;
    }
}
