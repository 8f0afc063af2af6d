using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>What models answer to rows of a table, encoded piece by piece: a large table never stands in memory encoded as a whole.</summary>
internal static class Answers
{
    private const int PieceRows = 2048;

    /// <summary>[rows, outputs] of each model. Errors: <see cref="PreparationException"/>.</summary>
    /// <param name="features">The encoding that the models share.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">Rows of it.</param>
    /// <param name="models">The models.</param>
    public static double[][] Of(FeatureEncoding features, Table table, ReadOnlySpan<int> rows, params ReadOnlySpan<TrainedModel> models)
    {
        var answers = new double[models.Length][];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = new double[rows.Length * models[i].Outputs];
        var encoder = features.Bind(table);
        var encoded = new double[Math.Min(PieceRows, rows.Length) * features.Width];
        for (var start = 0; start < rows.Length; start += PieceRows)
        {
            var piece = rows.Slice(start, Math.Min(PieceRows, rows.Length - start));
            var inputs = encoded.AsSpan(0, piece.Length * features.Width);
            encoder.Encode<double>(piece, inputs);
            for (var i = 0; i < answers.Length; i++)
                models[i].Predict(inputs, piece.Length, answers[i].AsSpan(start * models[i].Outputs, piece.Length * models[i].Outputs));
        }

        return answers;
    }
}
