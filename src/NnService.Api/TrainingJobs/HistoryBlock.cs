using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace NnService.Api.TrainingJobs;

/// <summary>Up to 4,096 points of a job's loss history in one row, packed: a hundred thousand epochs are 25 rows.</summary>
internal sealed class HistoryBlock
{
    /// <summary>Points a block holds at the most.</summary>
    public const int Capacity = 4096;

    private const int PointBytes = 8 * sizeof(double);

    public required long JobNumber { get; init; }

    /// <summary>0, 1, 2 … within the job.</summary>
    public required int Index { get; init; }

    /// <summary>Points in it.</summary>
    public int Count { get; private set; }

    /// <summary>Little-endian float64, eight a point; NaN within stands for null.</summary>
    public byte[] Points { get; private set; } = [];

    /// <summary>Adds as many points as fit; how many those were.</summary>
    public int Append(ReadOnlySpan<HistoryPoint> points)
    {
        var added = Math.Min(points.Length, Capacity - Count);
        var grown = new byte[Points.Length + (added * PointBytes)];
        Points.CopyTo(grown, 0);
        for (var i = 0; i < added; i++)
            Pack(points[i], grown.AsSpan((Count + i) * PointBytes));
        Points = grown; // a new array: the change tracker compares references
        Count += added;
        return added;
    }

    /// <summary>Drops all but the first points.</summary>
    public void Cut(int count)
    {
        Points = Points[..(count * PointBytes)];
        Count = count;
    }

    /// <summary>All points.</summary>
    public IEnumerable<HistoryPoint> Unpack()
    {
        for (var i = 0; i < Count; i++)
            yield return PointAt(i);
    }

    /// <summary>One point.</summary>
    public HistoryPoint PointAt(int index) => Unpack(Points.AsSpan(index * PointBytes, PointBytes));

    /// <summary>The epoch of a point.</summary>
    public int EpochAt(int index) => (int)NumberAt(index, 0);

    /// <summary>The validation loss of a point, the training loss where there is none.</summary>
    public double LossAt(int index) => NumberAt(index, 3) is var validationLoss && double.IsNaN(validationLoss) ? NumberAt(index, 2) : validationLoss;

    private double NumberAt(int index, int number) =>
        BinaryPrimitives.ReadDoubleLittleEndian(Points.AsSpan((index * PointBytes) + (number * sizeof(double))));

    private static void Pack(HistoryPoint point, Span<byte> bytes)
    {
        ReadOnlySpan<double> numbers =
        [
            point.Epoch, point.Step, point.TrainLoss, point.ValidationLoss ?? double.NaN, point.LearningRate,
            point.TrainScore ?? double.NaN, point.ValidationScore ?? double.NaN, point.ElapsedSeconds,
        ];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[(i * sizeof(double))..], numbers[i]);
    }

    private static HistoryPoint Unpack(ReadOnlySpan<byte> bytes)
    {
        Span<double> numbers = stackalloc double[8];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..]);
        return new HistoryPoint(
            (int)numbers[0], (long)numbers[1], numbers[2], OrNull(numbers[3]), numbers[4], OrNull(numbers[5]), OrNull(numbers[6]), numbers[7]);
    }

    private static double? OrNull(double number) => double.IsNaN(number) ? null : number;
}

/// <summary>One point of the loss history: epoch 0 is the untrained network, epoch e is after e epochs.</summary>
/// <param name="Epoch">Epochs trained.</param>
/// <param name="Step">Minibatches trained.</param>
/// <param name="TrainLoss">Loss over the training part, or the running mean of the epoch's minibatches.</param>
/// <param name="ValidationLoss">Loss over the validation part; null without one.</param>
/// <param name="LearningRate">The rate of the epoch.</param>
/// <param name="TrainScore">Accuracy or R²; null where it was not computed.</param>
/// <param name="ValidationScore">Accuracy or R²; null where it was not computed.</param>
/// <param name="ElapsedSeconds">Training time up to here.</param>
internal sealed record HistoryPoint(
    int Epoch,
    long Step,
    double TrainLoss,
    double? ValidationLoss,
    double LearningRate,
    double? TrainScore,
    double? ValidationScore,
    double ElapsedSeconds);

internal sealed class HistoryBlockMapping : IEntityTypeConfiguration<HistoryBlock>
{
    public void Configure(EntityTypeBuilder<HistoryBlock> builder)
    {
        builder.HasKey(block => new { block.JobNumber, block.Index });
        builder.HasOne<TrainingJob>().WithMany().HasForeignKey(block => block.JobNumber).OnDelete(DeleteBehavior.Cascade);
    }
}
