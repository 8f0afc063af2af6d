using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace NnService.Engine.Training;

/// <summary>
/// Everything a run needs to go on exactly where it was, between two minibatches: the position, the vectors and the few numbers beside them.
/// The order of an epoch's rows and every random number are functions of seed, epoch and step, so they need no room here.
/// </summary>
public sealed class Checkpoint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Mark = "NnService checkpoint 1";
    private const string MarkOfSeveral = "NnService checkpoint 2"; // of a run that has finished networks

    private T[][] _vectors = [];
    private double[][] _scalars = [];

    /// <summary>Whole epochs trained.</summary>
    public int Epoch { get; private set; }

    /// <summary>Row visits done of the epoch after them.</summary>
    public int Position { get; private set; }

    /// <summary>Steps taken.</summary>
    public long Step { get; private set; }

    /// <summary>Seconds trained so far; the trainer does not look at a clock, so this is its caller's.</summary>
    public double ElapsedSeconds { get; set; }

    /// <summary>Row visits so far; its caller's too.</summary>
    public long RowsTrained { get; set; }

    /// <summary>Points of the loss history that belong to it; its caller's too.</summary>
    public int HistoryPoints { get; set; }

    /// <summary>The networks that the run has trained before the one that this is a checkpoint of; its caller's too.</summary>
    public IReadOnlyList<FinishedNetwork<T>> Finished { get; set; } = [];

    /// <summary>The flat parameter vector.</summary>
    public ReadOnlySpan<T> Parameters => _vectors[0];

    /// <summary>The flat vector of untrained state.</summary>
    public ReadOnlySpan<T> State => _vectors[1];

    internal double EpochLossSum { get; private set; }

    internal double EpochWeight { get; private set; }

    internal EpochResult? Last { get; private set; }

    internal EpochResult? Best { get; private set; }

    internal void Fill(
        int epoch,
        int position,
        long step,
        double epochLossSum,
        double epochWeight,
        EpochResult? last,
        EpochResult? best,
        List<Memory<T>> vectors,
        List<double[]> scalars)
    {
        (Epoch, Position, Step, EpochLossSum, EpochWeight, Last, Best) = (epoch, position, step, epochLossSum, epochWeight, last, best);
        if (!_vectors.Select(vector => vector.Length).SequenceEqual(vectors.Select(vector => vector.Length)))
            _vectors = [.. vectors.Select(vector => new T[vector.Length])]; // the first time; later ones write into the same memory
        for (var i = 0; i < vectors.Count; i++)
            vectors[i].Span.CopyTo(_vectors[i]);
        _scalars = [.. scalars.Select(numbers => (double[])numbers.Clone())];
    }

    internal void CopyTo(List<Memory<T>> vectors, List<double[]> scalars)
    {
        if (!_vectors.Select(vector => vector.Length).SequenceEqual(vectors.Select(vector => vector.Length))
            || !_scalars.Select(numbers => numbers.Length).SequenceEqual(scalars.Select(numbers => numbers.Length)))
            throw new ArgumentException("The checkpoint is of another network or other options.");
        for (var i = 0; i < vectors.Count; i++)
            _vectors[i].CopyTo(vectors[i].Span);
        for (var i = 0; i < scalars.Count; i++)
            _scalars[i].CopyTo(scalars[i], 0);
    }

    /// <summary>Writes it: raw bits, so that reading gives the same ones.</summary>
    public void Write(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Finished.Count == 0 ? Mark : MarkOfSeveral);
        writer.Write(Marshal.SizeOf<T>());
        writer.Write(Epoch);
        writer.Write(Position);
        writer.Write(Step);
        writer.Write(ElapsedSeconds);
        writer.Write(RowsTrained);
        writer.Write(HistoryPoints);
        writer.Write(EpochLossSum);
        writer.Write(EpochWeight);
        Write(writer, Last);
        Write(writer, Best);
        writer.Write(_scalars.Length);
        foreach (var numbers in _scalars)
            Write<double>(writer, numbers);
        writer.Write(_vectors.Length);
        foreach (var vector in _vectors)
            Write<T>(writer, vector);
        if (Finished.Count == 0)
            return;
        writer.Write(Finished.Count);
        foreach (var network in Finished)
        {
            Write<T>(writer, network.Parameters);
            Write<T>(writer, network.State);
            writer.Write(network.Epochs);
            writer.Write(network.Steps);
            Write(writer, network.Kept);
        }
    }

    /// <summary>Reads what <see cref="Write(Stream)"/> has written.</summary>
    /// <exception cref="InvalidDataException">It is no checkpoint, or one of another precision or version.</exception>
    /// <exception cref="EndOfStreamException">It is cut off.</exception>
    public static Checkpoint<T> Read(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        var mark = reader.ReadString();
        if (mark is not (Mark or MarkOfSeveral) || reader.ReadInt32() != Marshal.SizeOf<T>())
            throw new InvalidDataException($"This is no checkpoint of a {typeof(T).Name} run that this version can read.");
        var checkpoint = new Checkpoint<T>
        {
            Epoch = reader.ReadInt32(),
            Position = reader.ReadInt32(),
            Step = reader.ReadInt64(),
            ElapsedSeconds = reader.ReadDouble(),
            RowsTrained = reader.ReadInt64(),
            HistoryPoints = reader.ReadInt32(),
            EpochLossSum = reader.ReadDouble(),
            EpochWeight = reader.ReadDouble(),
            Last = ReadResult(reader),
            Best = ReadResult(reader),
        };
        checkpoint._scalars = new double[reader.ReadInt32()][];
        for (var i = 0; i < checkpoint._scalars.Length; i++)
            checkpoint._scalars[i] = Read<double>(reader);
        checkpoint._vectors = new T[reader.ReadInt32()][];
        for (var i = 0; i < checkpoint._vectors.Length; i++)
            checkpoint._vectors[i] = Read<T>(reader);
        if (mark != MarkOfSeveral)
            return checkpoint;
        var finished = new FinishedNetwork<T>[reader.ReadInt32()];
        for (var i = 0; i < finished.Length; i++)
            finished[i] = new FinishedNetwork<T>(Read<T>(reader), Read<T>(reader), reader.ReadInt32(), reader.ReadInt64(), ReadResult(reader));
        checkpoint.Finished = finished;
        return checkpoint;
    }

    private static void Write(BinaryWriter writer, EpochResult? result)
    {
        writer.Write(result is not null);
        if (result is null)
            return;
        writer.Write(result.Epoch);
        writer.Write(result.Step);
        writer.Write(result.TrainLoss);
        Write(writer, result.ValidationLoss);
        writer.Write(result.LearningRate);
        Write(writer, result.TrainScore);
        Write(writer, result.ValidationScore);
    }

    private static EpochResult? ReadResult(BinaryReader reader) => reader.ReadBoolean()
        ? new EpochResult(
            reader.ReadInt32(), reader.ReadInt64(), reader.ReadDouble(), ReadOptional(reader), reader.ReadDouble(), ReadOptional(reader), ReadOptional(reader))
        : null;

    private static void Write(BinaryWriter writer, double? number)
    {
        writer.Write(number.HasValue);
        writer.Write(number ?? 0);
    }

    private static double? ReadOptional(BinaryReader reader)
    {
        var hasValue = reader.ReadBoolean();
        var number = reader.ReadDouble();
        return hasValue ? number : null;
    }

    // In pieces: a span of bytes ends at 2 GiB, a vector of numbers does not.
    private const int PieceLength = 1 << 20;

    private static void Write<TNumber>(BinaryWriter writer, TNumber[] numbers)
        where TNumber : unmanaged
    {
        writer.Write(numbers.Length);
        for (var start = 0; start < numbers.Length; start += PieceLength)
            writer.Write(MemoryMarshal.AsBytes(numbers.AsSpan(start, Math.Min(PieceLength, numbers.Length - start))));
    }

    private static TNumber[] Read<TNumber>(BinaryReader reader)
        where TNumber : unmanaged
    {
        var numbers = new TNumber[reader.ReadInt32()];
        for (var start = 0; start < numbers.Length; start += PieceLength)
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan(start, Math.Min(PieceLength, numbers.Length - start))));
        return numbers;
    }
}
