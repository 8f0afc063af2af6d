using System.Numerics;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Training;

/// <summary>
/// Encodes rows of a table for a trainer: features (categories as one number each until a minibatch is made), targets with label smoothing, and the weight of
/// each row times that of its class.
/// </summary>
/// <param name="Features">How columns become inputs.</param>
/// <param name="Target">How the target becomes outputs.</param>
/// <param name="Outputs">Numbers the network leaves a row with.</param>
/// <param name="LabelSmoothing">Share of each classification target that is spread evenly over all labels.</param>
/// <param name="ClassWeights">[labels] how much each class counts; null: all the same.</param>
/// <param name="RowWeights">The column that says how much each row counts; null: all the same.</param>
public sealed record SampleEncoder(
    FeatureEncoding Features,
    TargetEncoding Target,
    int Outputs,
    double LabelSmoothing = 0,
    IReadOnlyList<double>? ClassWeights = null,
    string? RowWeights = null)
{
    /// <summary>Numbers that are kept of a row's target: of one label of many its index alone.</summary>
    public int KeptTargetWidth => KeepsLabels ? 1 : Outputs;

    /// <summary>The given rows, in their order.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">Rows of it, in ascending order.</param>
    /// <param name="storage">Where a file for them is made; null: they are in memory.</param>
    /// <param name="control">Of rows that go into a file, which may take minutes: asked again and again whether to leave it; null: nobody does.</param>
    /// <exception cref="PreparationException">A cell cannot be encoded.</exception>
    /// <exception cref="OperationCanceledException">It was left.</exception>
    public Samples<T> Encode<T>(Table table, ReadOnlyMemory<int> rows, RowStorage? storage = null, TrainingControl? control = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        storage is null ? EncodeTogether<T>(table, rows)[0] : EncodeInFile<T>(table, rows, storage, control);

    // Of wide tables, so that each block of a column is read once, and neighbouring numbers of a row are written while their line is in the cache.
    private const int ColumnsAtATime = 64;

    /// <summary>Several parts of the rows, each in its order, all of them in memory: each column is gone through once.</summary>
    /// <param name="table">The table.</param>
    /// <param name="parts">Rows of it, in ascending order each.</param>
    /// <exception cref="PreparationException">A cell cannot be encoded.</exception>
    public IReadOnlyList<MemorySamples<T>> EncodeTogether<T>(Table table, params IReadOnlyList<ReadOnlyMemory<int>> parts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(parts);
        int width = Features.Layout.CompactWidth;
        T[][] compact = [.. parts.Select(rows => new T[checked(rows.Length * width)])];
        foreach (FeatureRange range in FeatureRange.Of(Features, ColumnsAtATime))
        {
            TableEncoder? encoder = null;
            foreach (TablePiece[] pieces in table.Only(range.In(Features).Select(column => column.Name)).PiecesOf(parts))
            {
                encoder = new TableEncoder(Features, range, pieces[0].Slice, encoder);
                foreach ((TablePiece piece, T[] of) in pieces.Zip(compact))
                    encoder.EncodeCompact<T>(piece.Rows, of.AsSpan(piece.Start * width, piece.Rows.Length * width));
            }
        }

        return [.. parts.Zip(compact, (rows, of) => InMemory(table, rows.Span, of))];
    }

    private MemorySamples<T> InMemory<T>(Table table, ReadOnlySpan<int> rows, T[] compact)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var targets = new T[checked(rows.Length * KeptTargetWidth)];
        EncodeTargets<T>(table, rows, targets);
        T[]? ofRows = RowWeightsOf<T>(table, rows);
        T[]? weights = WeightsOf(table, rows, ofRows);
        return LabelsOf<T>() is { } labels
            ? new MemorySamples<T>(compact, Features.Layout, targets, labels, weights, ofRows)
            : new MemorySamples<T>(compact, Features.Layout, targets, Outputs, weights, ofRows);
    }

    private StoredSamples<T> EncodeInFile<T>(Table table, ReadOnlyMemory<int> rows, RowStorage storage, TrainingControl? control)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LeaveWhereAsked(control);
        int width = Features.Layout.CompactWidth;
        var samples = new StoredSamples<T>(storage, rows.Length, Features.Layout, Outputs, LabelsOf<T>(), IsWeighted, RowWeights is not null);
        T[] compact = [];
        T[] targets = [];
        try
        {
            string[] columns = [.. Features.Columns.Select(column => column.Name), .. Target.Columns, .. new[] { RowWeights }.OfType<string>()];
            TableEncoder? encoder = null;
            foreach (TablePiece piece in table.Only(columns).Pieces(rows))
            {
                LeaveWhereAsked(control);
                int count = piece.Rows.Length;
                if (targets.Length < count * KeptTargetWidth)
                    (compact, targets) = (new T[checked(count * width)], new T[checked(count * KeptTargetWidth)]);
                Span<T> some = targets.AsSpan(0, count * KeptTargetWidth);
                encoder = Features.Bind(piece.Slice, encoder);
                encoder.EncodeCompact<T>(piece.Rows, compact.AsSpan(0, count * width));
                EncodeTargets(piece.Slice, piece.Rows, some);
                T[]? ofRows = RowWeightsOf<T>(piece.Slice, piece.Rows);
                samples.Write(piece.Start, compact.AsSpan(0, count * width), some, WeightsOf(piece.Slice, piece.Rows, ofRows), ofRows);
            }

            return samples;
        }
        catch
        {
            samples.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the encoded rows, as a file has them.</summary>
    public long BytesOf<T>(long rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        StoredSamples<T>.BytesOf(rows, StoredSamples<T>.WidthOf(Features.Layout, KeptTargetWidth, IsWeighted, RowWeights is not null));

    /// <summary>Why the given rows cannot be encoded; null where they can. Holds a piece of them at a time.</summary>
    public string? WhyNot<T>(Table table, ReadOnlyMemory<int> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] room = [];
        try
        {
            TableEncoder? encoder = null;
            foreach (TablePiece piece in FeaturePieces(table, rows))
            {
                int length = checked(piece.Rows.Length * Features.Layout.CompactWidth);
                if (room.Length < length)
                    room = new T[length];
                encoder = Features.Bind(piece.Slice, encoder);
                encoder.EncodeCompact<T>(piece.Rows, room.AsSpan(0, length));
            }

            EncodeTargets<T>(table, rows.Span, new T[checked(rows.Length * KeptTargetWidth)]);
            return null;
        }
        catch (PreparationException bad)
        {
            return bad.Message;
        }
    }

    /// <summary>rows / (classes · rows of the class), for each label; 1 for a class without rows.</summary>
    /// <param name="counts">[labels] training rows of each, or the sum of their weights.</param>
    public static double[] BalancedWeights(IReadOnlyCollection<double> counts)
    {
        double rows = counts.Sum();
        return [.. counts.Select(count => count == 0 ? 1.0 : rows / (counts.Count * count))];
    }

    private static void LeaveWhereAsked(TrainingControl? control)
    {
        if (control?.Request is TrainingRequest.Pause or TrainingRequest.Interrupt or TrainingRequest.Cancel)
            throw new OperationCanceledException("The run was asked to leave before its rows were encoded.");
    }

    private bool IsWeighted => ClassWeights is not null || RowWeights is not null;

    private IEnumerable<TablePiece> FeaturePieces(Table table, ReadOnlyMemory<int> rows) =>
        table.Only(Features.Columns.Select(column => column.Name)).Pieces(rows);

    private bool KeepsLabels => Target.Task != TaskKind.Regression && Outputs >= OneHotTarget<float>.FewestLabels;

    private OneHotTarget<T>? LabelsOf<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        KeepsLabels ? new OneHotTarget<T>(Outputs, Smoothed(T.Zero), Smoothed(T.One)) : null;

    // [rows, KeptTargetWidth]
    private void EncodeTargets<T>(Table table, ReadOnlySpan<int> rows, Span<T> targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (KeepsLabels)
        {
            var labels = new int[rows.Length];
            Target.EncodeLabels(table, rows, labels);
            for (int row = 0; row < labels.Length; row++)
                targets[row] = T.CreateChecked(labels[row]);
            return;
        }

        Target.Encode(table, rows, Outputs, targets);
        if (LabelSmoothing != 0)
            foreach (ref T target in targets)
                target = Smoothed(target);
    }

    // (1 − s) t + s / K, with K labels; one output stands for two.
    private T Smoothed<T>(T target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        LabelSmoothing == 0 ? target : (T.CreateChecked(1 - LabelSmoothing) * target) + T.CreateChecked(LabelSmoothing / Target.Labels.Count);

    private T[]? RowWeightsOf<T>(Table table, ReadOnlySpan<int> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Data.RowWeights.Of(table, RowWeights, rows) is { } weights ? Array.ConvertAll(weights, T.CreateChecked) : null;

    private T[]? WeightsOf<T>(Table table, ReadOnlySpan<int> rows, T[]? ofRows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (ClassWeights is null)
            return ofRows;
        var labels = new int[rows.Length];
        Target.EncodeLabels(table, rows, labels);
        var weights = Array.ConvertAll(labels, label => T.CreateChecked(ClassWeights[label]));
        for (int row = 0; ofRows is not null && row < weights.Length; row++)
            weights[row] *= ofRows[row];
        return weights;
    }
}
