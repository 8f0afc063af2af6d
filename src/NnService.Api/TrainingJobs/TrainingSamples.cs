using System.Numerics;
using NnService.Engine.Data;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs;

/// <summary>Encodes rows of a dataset for a trainer: features (categories as one number each until a minibatch is made), targets with label smoothing, and the weight of each row's class.</summary>
internal static class TrainingSamples
{
    /// <summary>The training and validation rows of a plan.</summary>
    public static PlannedSamples<T> Of<T>(TrainingPlan plan, Table table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(
            Encode<T>(plan, table, plan.Split.Train),
            plan.Split.Validation.IsEmpty ? null : Encode<T>(plan, table, plan.Split.Validation));

    /// <summary>Some rows of the training part or of the validation part.</summary>
    public static Samples<T> Encode<T>(TrainingPlan plan, Table table, ReadOnlyMemory<int> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var layout = plan.Features.Layout;
        var width = layout.CompactWidth;
        var compact = new T[checked(rows.Length * width)];
        foreach (var piece in table.Only(plan.Features.Columns.Select(column => column.Name)).Pieces(rows))
            plan.Features.Bind(piece.Slice).EncodeCompact<T>(piece.Rows, compact.AsSpan(piece.Start * width, piece.Rows.Length * width));
        var targets = new T[checked(rows.Length * plan.Outputs)];
        plan.Target.Encode<T>(table, rows.Span, plan.Outputs, targets);
        Smooth(targets, plan);
        return new Samples<T>(compact, layout, targets, plan.Outputs, WeightsOf<T>(plan, table, rows.Span));
    }

    // (1 − s) t + s / K, with K labels; one output stands for two.
    private static void Smooth<T>(Span<T> targets, TrainingPlan plan)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var smoothing = plan.Configuration.LabelSmoothing!.Value;
        if (smoothing == 0)
            return;
        var keep = T.CreateChecked(1 - smoothing);
        var spread = T.CreateChecked(smoothing / plan.Target.Labels.Count);
        foreach (ref var target in targets)
            target = (keep * target) + spread;
    }

    private static T[]? WeightsOf<T>(TrainingPlan plan, Table table, ReadOnlySpan<int> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var asked = plan.Configuration.ClassWeights!;
        if (asked.Rule == ClassWeightsChoice.None)
            return null;
        var classWeights = asked.Weights is { } given
            ? [.. plan.Target.Labels.Select(label => given.GetValueOrDefault(label, 1.0))]
            : Balanced(plan, table);
        var labels = new int[rows.Length];
        plan.Target.EncodeLabels(table, rows, labels);
        return Array.ConvertAll(labels, label => T.CreateChecked(classWeights[label]));
    }

    // rows / (classes · rows of the class), counted over the training part
    private static double[] Balanced(TrainingPlan plan, Table table)
    {
        var labels = new int[plan.Split.Train.Length];
        plan.Target.EncodeLabels(table, plan.Split.Train.Span, labels);
        var counts = new int[plan.Target.Labels.Count];
        foreach (var label in labels)
            counts[label]++;
        return Array.ConvertAll(counts, count => count == 0 ? 1.0 : (double)labels.Length / (counts.Length * count));
    }
}

/// <summary>The encoded rows of a job.</summary>
/// <param name="Train">The training part.</param>
/// <param name="Validation">The validation part; null without one.</param>
internal sealed record PlannedSamples<T>(Samples<T> Train, Samples<T>? Validation)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
