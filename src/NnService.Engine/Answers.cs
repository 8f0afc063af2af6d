using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine;

/// <summary>What models that share an encoding answer to the same rows.</summary>
public sealed class Answers
{
    private readonly TrainedModel[] _models;
    private readonly double[][] _answers;

    /// <summary>Room for the answers.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="models">The models.</param>
    public Answers(int rows, params IEnumerable<TrainedModel> models)
    {
        _models = [.. models];
        _answers = Array.ConvertAll(_models, model => new double[checked(rows * model.Outputs)]);
    }

    /// <summary>Rows whose answers can be kept at a time: they are one array.</summary>
    /// <param name="outputs">Numbers of an answer.</param>
    public static int MostRows(int outputs) => Array.MaxLength / outputs;

    /// <summary>[rows, outputs] of each model.</summary>
    public IReadOnlyList<double[]> Values => _answers;

    /// <summary>Asks the models about some rows; see <see cref="TakeEncodedRows"/>.</summary>
    public void Ask(ReadOnlySpan<double> inputs, int start, int rows)
    {
        for (int i = 0; i < _models.Length; i++)
            _models[i].Predict(inputs, rows, _answers[i].AsSpan(start * _models[i].Outputs, rows * _models[i].Outputs));
    }

    /// <summary>[rows, outputs] of each model for rows of a table. Errors: <see cref="PreparationException"/>.</summary>
    /// <param name="features">The encoding that the models share.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">Rows of it in ascending order.</param>
    /// <param name="answered">Called after each piece with its number of rows; null: nobody watches.</param>
    /// <param name="models">The models.</param>
    public static IReadOnlyList<double[]> Of(
        FeatureEncoding features, Table table, ReadOnlyMemory<int> rows, Action<int>? answered, params IEnumerable<TrainedModel> models)
    {
        var answers = new Answers(rows.Length, models);
        EncodedPieces.Visit(features, table, rows, (inputs, start, count) =>
        {
            answers.Ask(inputs, start, count);
            answered?.Invoke(count);
        });
        return answers.Values;
    }
}
