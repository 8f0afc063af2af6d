using System.Numerics;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;

namespace NnService.Engine.Training;

/// <summary>What a model answers to rows that its training has encoded already: the same bits as <see cref="Answers"/> for those rows of the table.</summary>
public static class SampleAnswers
{
    /// <summary>[rows, outputs] of the model.</summary>
    /// <param name="samples">The encoded rows, in the precision of the model.</param>
    /// <param name="answered">Called after each piece with its number of rows; null: nobody watches.</param>
    /// <param name="model">The model.</param>
    public static double[] Of<T>(Samples<T> samples, Action<int>? answered, TrainedModel model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(model);
        var answers = new Answers(samples.Rows, model);
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

        return answers.Values[0];
    }
}
