using NnService.Api.Errors;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Tensors;

/// <summary>The rows that tensors make: one tensor [rows, features] of a model that takes numbers alone, or a tensor for each feature.</summary>
internal sealed class TensorBatches : RowBatches
{
    private const double WholeNumbers = 1L << 53; // from there on float64 has not every one

    private readonly FeatureEncoding _features;
    private readonly InputTensor? _matrix;
    private readonly InputTensor[] _columns;
    private readonly Cell[] _cells;
    private readonly string?[] _cellProblems;
    private readonly RowProblems _problems = new();
    private readonly UnknownCategories _unknown = new();
    private readonly int _rows;
    private double[] _numbers = [];
    private double[] _values = [];
    private int _first;
    private int _count;

    /// <summary>Rows for a model. Errors: <see cref="ProblemException"/> where the inputs are not those it takes.</summary>
    public TensorBatches(ModelDescription description, ModelSignature signature, IReadOnlyList<InputTensor> inputs)
        : base(description)
    {
        _features = description.Features;
        var features = _features.Columns;
        _cells = new Cell[features.Count];
        _cellProblems = new string?[features.Count];
        _columns = [];
        if (signature.IsMatrix && inputs is [{ Name: ModelSignature.Matrix }]
            && !features.Any(feature => feature.Name == ModelSignature.Matrix && features.Count > 1))
            _matrix = CheckMatrix(inputs[0], signature);
        else
            _columns = Columns(inputs, signature);
        RefuseOthers(inputs, signature);
        var shape = (_matrix ?? _columns[0]).Shape;
        _rows = (int)shape[0];
        if (_columns.FirstOrDefault(column => column.Shape[0] != _rows) is { } other)
            throw Refusal.Exception(
                400, $"Input \"{other.Name}\" has {other.Shape[0]} rows and input \"{_columns[0].Name}\" {_rows}; all must have the same number.");
    }

    public override long? Count => _rows;

    public override ReadOnlySpan<double> Values => _values.AsSpan(0, _count * _features.Width);

    public override IReadOnlyList<string> Warnings => _unknown.Warnings;

    public override int Next()
    {
        if (_values.Length == 0)
            (_numbers, _values) = (new double[RowsOfABatch * _cells.Length], new double[RowsOfABatch * _features.Width]);
        _first += _count;
        _count = Math.Min(MostRows, _rows - _first);
        ReadNumbers();
        if (_matrix is null || !_features.TryEncodeNumbers(_numbers.AsSpan(0, _count * _cells.Length), _values.AsSpan(0, _count * _features.Width)))
            EncodeCells();
        return _count;
    }

    private void EncodeCells()
    {
        for (var row = 0; row < _count; row++)
        {
            for (var i = 0; i < _cells.Length; i++)
                _cells[i] = _matrix is not null ? Cell.Of(_numbers[(row * _cells.Length) + i]) : CellOf(i, _first + row, _numbers[(i * RowsOfABatch) + row]);
            if (!_features.Encode(_cells, _values.AsSpan(row * _features.Width, _features.Width), _cellProblems, _unknown))
                Note(_first + row);
        }

        _problems.Refuse();
    }

    // Of a matrix [rows, features], otherwise [features, rows]: as the tensors have them.
    private void ReadNumbers()
    {
        if (_matrix is not null)
            Read(_matrix, _first * _cells.Length, _numbers.AsSpan(0, _count * _cells.Length));
        for (var i = 0; i < _columns.Length; i++)
            if (_columns[i].Datatype != Datatype.Bytes)
                Read(_columns[i], _first, _numbers.AsSpan(i * RowsOfABatch, _count));
    }

    // A client that sends FP32 has 9999.900390625 for the 9999.9 that stands for a missing cell.
    private void Read(InputTensor tensor, int start, Span<double> numbers)
    {
        tensor.Read(start, numbers);
        if (tensor.Datatype != Datatype.Single || _features.Notation?.MissingBeyondSingle is not { Count: > 0 } missing)
            return;
        foreach (ref var number in numbers)
            number = missing.GetValueOrDefault(number, number);
    }

    private Cell CellOf(int column, int row, double number)
    {
        var type = _columns[column].Datatype;
        if (type == Datatype.Bytes)
            return Cell.Of(_columns[column].Text(row));
        if (_features.Columns[column].Type == ColumnType.Category && Math.Abs(number) >= WholeNumbers)
            throw Refusal.Exception(
                400, $"Input \"{_columns[column].Name}\": element {row} of data has too many digits for a category as {type.Name}; send its digits as BYTES.");
        return type == Datatype.Bool ? Cell.Of(number != 0) : Cell.Of(number);
    }

    private void Note(int row)
    {
        for (var i = 0; i < _cellProblems.Length && !_problems.AreMany; i++)
            if (_cellProblems[i] is { } problem)
                _problems.Add($"Row {row}, \"{_features.Columns[i].Name}\": {problem}", null);
    }

    private InputTensor CheckMatrix(InputTensor input, ModelSignature signature)
    {
        var features = _features.Columns;
        if (!input.Datatype.IsNumber)
            throw Refusal.Exception(
                400, $"Input \"{Echo.Cut(input.Name)}\": the datatype is {input.Datatype.Name}; the model takes {signature.Numbers.Name} or another "
                + $"type of numbers.");
        if (input.Shape is not [_, var width] || width != features.Count)
            throw Refusal.Exception(
                400,
                $"Input \"{Echo.Cut(input.Name)}\": the shape is [{string.Join(", ", input.Shape)}]; the model takes [rows, {features.Count}]: "
                    + $"{string.Join(", ", features.Select(feature => feature.Name))}.");
        return input;
    }

    private InputTensor[] Columns(IReadOnlyList<InputTensor> inputs, ModelSignature signature)
    {
        var byName = new Dictionary<string, InputTensor>(StringComparer.Ordinal);
        foreach (var input in inputs)
            byName.TryAdd(input.Name, input); // a second of the same name is refused with the others
        return [.. _features.Columns.Select(feature => Check(feature, byName.GetValueOrDefault(feature.Name), signature))];
    }

    private static InputTensor Check(FeatureColumn feature, InputTensor? input, ModelSignature signature)
    {
        if (input is null)
            throw Refusal.Exception(400, $"Input \"{feature.Name}\" is missing. {Taken(signature)}");
        if (signature.Unfit(feature, input.Datatype) is { } problem)
            throw Refusal.Exception(400, $"Input \"{Echo.Cut(input.Name)}\": {problem}");
        if (input.Shape is [_, not 1])
            throw Refusal.Exception(
                400, $"Input \"{Echo.Cut(input.Name)}\": the shape is [{string.Join(", ", input.Shape)}]; the column takes [rows, 1] or [rows].");
        return input;
    }

    private void RefuseOthers(IReadOnlyList<InputTensor> inputs, ModelSignature signature)
    {
        var names = new HashSet<string>();
        foreach (var input in inputs)
        {
            if (!names.Add(input.Name))
                throw Refusal.Exception(400, $"Input \"{Echo.Cut(input.Name)}\" stands there twice; leave one of them out.");
            if (_matrix is null && _features.IndexOf(input.Name) < 0)
                throw Refusal.Exception(400, $"The model takes no input \"{Echo.Cut(input.Name)}\". {Taken(signature)}");
        }
    }

    private static string Taken(ModelSignature signature) => signature.IsMatrix
        ? $"It takes \"{ModelSignature.Matrix}\" with all features, or one tensor for each of them: "
            + $"{string.Join(", ", signature.Inputs[0].Parameters!.Columns!)}."
        : $"It takes one tensor for each feature: {string.Join(", ", signature.Inputs.Select(input => input.Name))}.";
}
