using System.Numerics;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;

namespace NnService.Engine.Training;

/// <summary>What models answer to rows that a training has encoded already: the same bits as <see cref="Answers"/> for those rows of the table.</summary>
public static class SampleAnswers
{
    /// <summary>[rows, outputs] of each model.</summary>
    /// <param name="samples">The encoded rows, in the precision of the models.</param>
    /// <param name="answered">Called after each piece with its number of rows; null: nobody watches.</param>
    /// <param name="models">The models, which share the encoding.</param>
    public static IReadOnlyList<double[]> Of<T>(Samples<T> samples, Action<int>? answered, params IEnumerable<TrainedModel> models)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(models);
        var answers = new Answers(samples.Rows, models);
        var most = Math.Min(samples.Rows, EncodedPieces.RowsAtATime(samples.InputWidth));
        var (room, inputs) = (new T[samples.RoomFor(most)], new double[most * samples.InputWidth]);
        for (var start = 0; start < samples.Rows; start += most)
        {
            var count = Math.Min(most, samples.Rows - start);
            var some = inputs.AsSpan(0, count * samples.InputWidth);
            Conversion.Widen(samples.Range(start, count, room).Inputs, some);
            answers.Ask(some, start, count);
            answered?.Invoke(count);
        }

        return answers.Values;
    }
}
