using System.Numerics;
using NnService.Engine.Data;
using NnService.Engine.Data.Splits;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>The rows of a run, which may be in files that go with it.</summary>
/// <param name="Train">Rows to learn from.</param>
/// <param name="Validation">Rows to stop by; null: there are none.</param>
/// <param name="Test">Rows to be measured on; null: there are none, or they are encoded when they are needed, as with files.</param>
internal sealed record EncodedParts<T>(Samples<T> Train, Samples<T>? Validation, Samples<T>? Test) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The parts of a table.</summary>
    /// <param name="encoder">How rows become inputs and targets.</param>
    /// <param name="table">The table.</param>
    /// <param name="split">Its parts.</param>
    /// <param name="storage">Where files for them are made; null: they are in memory, by one walk through the table.</param>
    /// <param name="control">Asked whether to leave it while a file is written.</param>
    /// <exception cref="OperationCanceledException">It was left.</exception>
    public static EncodedParts<T> Of(SampleEncoder encoder, Table table, Split split, RowStorage? storage, TrainingControl control)
    {
        if (storage is not null)
            return InFiles(encoder, table, split, storage, control);
        var samples = new Queue<MemorySamples<T>>(encoder.EncodeTogether<T>(
            table, [.. new[] { split.Train, split.Validation, split.Test }.Where(rows => !rows.IsEmpty)]));
        return new EncodedParts<T>(samples.Dequeue(), split.Validation.IsEmpty ? null : samples.Dequeue(), split.Test.IsEmpty ? null : samples.Dequeue());
    }

    private static EncodedParts<T> InFiles(SampleEncoder encoder, Table table, Split split, RowStorage storage, TrainingControl control)
    {
        var train = encoder.Encode<T>(table, split.Train, storage, control);
        try
        {
            return new EncodedParts<T>(train, split.Validation.IsEmpty ? null : encoder.Encode<T>(table, split.Validation, storage, control), null);
        }
        catch
        {
            train.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Train.Dispose();
        Validation?.Dispose();
        Test?.Dispose();
    }
}
