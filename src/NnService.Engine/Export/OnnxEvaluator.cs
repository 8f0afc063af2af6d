using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Export;

/// <summary>
/// Evaluates a written ONNX model: reads the bytes back and computes node after node, for the operations that <see cref="OnnxFormat"/> writes.
/// </summary>
internal sealed class OnnxEvaluator
{
    private const long MostNumbers = 1 << 21; // in all values of the graph together, for as many rows as that allows
    private const int ValuesOfAnInput = 16; // nodes that make it of a raw cell
    private const int ValuesOfANumber = 8; // nodes of an activation that is written out

    private readonly Dictionary<string, OnnxTensor> _values = new(StringComparer.Ordinal);
    private readonly List<OnnxNode> _nodes = [];

    public OnnxEvaluator(ReadOnlySpan<byte> file)
    {
        for (var model = new ProtoReader(file); model.Read();)
            if (model.Field == 7)
                ReadGraph(model.Bytes);
    }

    /// <summary>Memory that the values of a model's graph take, roughly.</summary>
    public static long BytesFor(ModelDescription description)
    {
        var features = description.Features;
        var ofNetworks = description.Parts.Sum(part => NetworkShape.Of(part.Network, features.InputLayout(), null).NumbersPerRow(int.MaxValue)!.Value);
        var ofARow = (ValuesOfAnInput * ((long)features.Columns.Count + features.Width)) + (ValuesOfANumber * ofNetworks);
        return Math.Max(ofARow, Math.Min(MostNumbers, ExportRows.Most * ofARow)) * sizeof(double);
    }

    /// <summary>How many rows are evaluated together at the most, as the last ones have shown.</summary>
    public int RowsAtOnce { get; private set; } = 1;

    /// <summary>Every value of the graph for some of a source's rows.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> Run(ExportSource source, int start, int count)
    {
        var rows = source.Rows.Rows.Skip(start).Take(count).ToList();
        foreach (var input in source.Inputs)
        {
            Array data = input.IsText
                ? rows.Select(row => ExportInput.TextOf(row[input.ColumnIndex])).ToArray()
                : rows.Select(row => input.NumberOf(row[input.ColumnIndex])).ToArray();
            _values[input.Name] = new OnnxTensor([count, 1], data);
        }

        var numbers = 0L;
        foreach (var node in _nodes)
        {
            var value = _values[node.Output] = Evaluate(node, [.. node.Inputs.Select(name => _values[name])]);
            numbers += value.Data.Length;
        }

        RowsAtOnce = (int)Math.Max(1, MostNumbers * count / Math.Max(numbers, 1));
        return _values;
    }

    private void ReadGraph(ReadOnlySpan<byte> bytes)
    {
        for (var graph = new ProtoReader(bytes); graph.Read();)
        {
            if (graph.Field == 1)
            {
                _nodes.Add(OnnxNode.Read(graph.Bytes));
            }
            else if (graph.Field == 5)
            {
                var (name, tensor) = OnnxTensor.Read(graph.Bytes);
                _values[name] = tensor;
            }
        }
    }

    private static OnnxTensor Evaluate(OnnxNode node, OnnxTensor[] x)
    {
        if (x[0].Data is float[])
            return Numeric<float>(node, x);
        if (x[0].Data is double[])
            return Numeric<double>(node, x);
        return node.Op switch
        {
            "Identity" => x[0],
            "Cast" => new OnnxTensor(x[0].Shape, Array.ConvertAll((bool[])x[0].Data, flag => flag ? 1.0 : 0.0)),
            "LabelEncoder" => Encode(node, x[0]),
            "Equal" => Zip<long, bool>(x[0], x[1], (a, b) => a == b),
            "Or" => Zip<bool, bool>(x[0], x[1], (a, b) => a || b),
            "Reshape" => new OnnxTensor([x[0].Data.Length], x[0].Data),
            "Where" when x[1].Data is long[] => Select<long>(x),
            "Where" when x[1].Data is float[] => Select<float>(x),
            "Where" => Select<double>(x),
            _ => throw Unknown(node),
        };
    }

    private static OnnxTensor Numeric<T>(OnnxNode node, OnnxTensor[] x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OnnxTensor Map<TTo>(Converter<T, TTo> f) => new(x[0].Shape, Array.ConvertAll((T[])x[0].Data, f));
        return node.Op switch
        {
            "Identity" => x[0],
            "IsNaN" => Map(T.IsNaN),
            "Cast" when node.Int("to") == OnnxTensor.FloatType => Map(float.CreateTruncating),
            "Cast" => Map(double.CreateTruncating),
            "Exp" => Map(Transcendentals.Exp),
            "Log" => Map(Transcendentals.Log),
            "Tanh" => Map(Transcendentals.Tanh),
            "Sigmoid" => Map(Transcendentals.Sigmoid),
            "Erf" => Map(Transcendentals.Erf),
            "Sqrt" => Map(T.Sqrt),
            "Sin" => Map(angle => Transcendentals.SinPi(angle / T.Pi)),
            "Round" => Map(T.Round),
            "Abs" => Map(T.Abs),
            "Neg" => Map(value => -value),
            "Relu" => Map(value => value <= T.Zero ? T.Zero : value),
            "Add" => Zip<T, T>(x[0], x[1], (a, b) => a + b),
            "Sub" => Zip<T, T>(x[0], x[1], (a, b) => a - b),
            "Mul" => Zip<T, T>(x[0], x[1], (a, b) => a * b),
            "Div" => Zip<T, T>(x[0], x[1], (a, b) => a / b),
            "Max" => Zip<T, T>(x[0], x[1], (a, b) => b <= a ? a : b),
            "Min" => Zip<T, T>(x[0], x[1], (a, b) => b >= a ? a : b),
            "Equal" => Zip<T, bool>(x[0], x[1], (a, b) => a == b),
            "Greater" => Zip<T, bool>(x[0], x[1], (a, b) => a > b),
            "GreaterOrEqual" => Zip<T, bool>(x[0], x[1], (a, b) => a >= b),
            "Concat" => Concat<T>(x),
            "Gather" => Columns<T>(x[0], (long[])x[1].Data),
            "Reshape" => Reshape(x[0], (int)((long[])x[1].Data)[1]),
            "Slice" => Columns<T>(x[0], (int)((long[])x[1].Data)[0], (int)((long[])x[2].Data)[0]),
            "MatMul" => Product<T>(x[0], x[1]),
            "Softmax" => Shares<T>(x[0]),
            "ReduceMean" => Rows<T>(x[0], 1, (row, to) => to[0] = T.CreateTruncating(row.ToArray().Sum(double.CreateTruncating) / row.Length)),
            "ArgMax" => new OnnxTensor([x[0].Rows], Rows<T>(x[0], 1, (row, to) => to[0] = Largest<T>(row)).Data),
            _ => throw Unknown(node),
        };
    }

    private delegate void RowFormula<T, TTo>(ReadOnlySpan<T> row, Span<TTo> to);

    private static OnnxTensor Rows<T>(OnnxTensor x, int columns, RowFormula<T, T> formula) => Rows<T, T>(x, columns, formula);

    private static OnnxTensor Rows<T>(OnnxTensor x, int columns, RowFormula<T, long> formula) => Rows<T, long>(x, columns, formula);

    private static OnnxTensor Rows<T, TTo>(OnnxTensor x, int columns, RowFormula<T, TTo> formula)
    {
        var to = new TTo[x.Rows * columns];
        for (var row = 0; row < x.Rows; row++)
            formula(((T[])x.Data).AsSpan(row * x.Columns, x.Columns), to.AsSpan(row * columns, columns));
        return new OnnxTensor([x.Rows, columns], to);
    }

    private static long Largest<T>(ReadOnlySpan<T> row)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var best = 0;
        for (var k = 1; k < row.Length; k++)
            if (row[k] > row[best])
                best = k;
        return best;
    }

    private static OnnxTensor Concat<T>(OnnxTensor[] x)
    {
        var columns = x.Sum(part => part.Columns);
        var to = new T[x[0].Rows * columns];
        var at = 0;
        foreach (var part in x)
        {
            for (var row = 0; row < part.Rows; row++)
                Array.Copy(part.Data, row * part.Columns, to, (row * columns) + at, part.Columns);
            at += part.Columns;
        }

        return new OnnxTensor([x[0].Rows, columns], to);
    }

    private static OnnxTensor Columns<T>(OnnxTensor x, long[] columns) => Rows<T, T>(x, columns.Length, (row, to) =>
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = row[(int)columns[i]];
    });

    private static OnnxTensor Reshape(OnnxTensor x, int columns) => new([x.Data.Length / columns, columns], x.Data);

    private static OnnxTensor Columns<T>(OnnxTensor x, int from, int to) => Rows<T, T>(x, to - from, (row, part) => row[from..to].CopyTo(part));

    private static OnnxTensor Product<T>(OnnxTensor a, OnnxTensor b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var to = new T[a.Rows * b.Columns];
        MatrixProduct.Multiply(
            new ReadOnlyView<T>((T[])a.Data, a.Rows, a.Columns), new ReadOnlyView<T>((T[])b.Data, b.Rows, b.Columns), new View<T>(to, a.Rows, b.Columns));
        return new OnnxTensor([a.Rows, b.Columns], to);
    }

    private static OnnxTensor Shares<T>(OnnxTensor x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var to = new T[x.Data.Length];
        Softmax.Rows<T>((T[])x.Data, x.Columns, to);
        return new OnnxTensor(x.Shape, to);
    }

    private static OnnxTensor Encode(OnnxNode node, OnnxTensor x)
    {
        if (x.Data is long[] indexes)
            return new OnnxTensor(x.Shape, Array.ConvertAll(indexes, index => node.Strings["values_strings"][(int)index]));
        var codes = node.Strings["keys_strings"].Zip(node.Ints["values_int64s"]).ToDictionary(pair => pair.First, pair => pair.Second);
        return new OnnxTensor(x.Shape, Array.ConvertAll((string[])x.Data, text => codes.TryGetValue(text, out var code) ? code : node.Int("default_int64")));
    }

    private static OnnxTensor Zip<T, TTo>(OnnxTensor a, OnnxTensor b, Func<T, T, TTo> f)
    {
        var (rows, columns) = (Math.Max(a.Rows, b.Rows), Math.Max(a.Columns, b.Columns));
        var to = new TTo[rows * columns];
        var (first, second) = ((T[])a.Data, (T[])b.Data);
        for (var i = 0; i < to.Length; i++)
            to[i] = f(first[IndexOf(a, i, columns)], second[IndexOf(b, i, columns)]);
        return new OnnxTensor([rows, columns], to);
    }

    private static OnnxTensor Select<T>(OnnxTensor[] x)
    {
        var columns = x.Max(part => part.Columns);
        var to = new T[x.Max(part => part.Rows) * columns];
        for (var i = 0; i < to.Length; i++)
        {
            var chosen = ((bool[])x[0].Data)[IndexOf(x[0], i, columns)] ? x[1] : x[2];
            to[i] = ((T[])chosen.Data)[IndexOf(chosen, i, columns)];
        }

        return new OnnxTensor([to.Length / columns, columns], to);
    }

    // A single row or column stands for all of them.
    private static int IndexOf(OnnxTensor x, int index, int columns) =>
        ((x.Rows == 1 ? 0 : index / columns) * x.Columns) + (x.Columns == 1 ? 0 : index % columns);

    private static NotSupportedException Unknown(OnnxNode node) => new($"The operation {node.Op} is not one that is written.");
}

/// <summary>A node read back.</summary>
internal sealed class OnnxNode
{
    public string Op { get; private set; } = "";

    public string Output { get; private set; } = "";

    public List<string> Inputs { get; } = [];

    public Dictionary<string, List<long>> Ints { get; } = [];

    public Dictionary<string, List<string>> Strings { get; } = [];

    public long Int(string name) => Ints[name][0];

    public static OnnxNode Read(ReadOnlySpan<byte> bytes)
    {
        var node = new OnnxNode();
        for (var message = new ProtoReader(bytes); message.Read();)
        {
            switch (message.Field)
            {
                case 1: node.Inputs.Add(message.Text); break;
                case 2: node.Output = message.Text; break;
                case 4: node.Op = message.Text; break;
                case 5: node.ReadAttribute(message.Bytes); break;
            }
        }

        return node;
    }

    private void ReadAttribute(ReadOnlySpan<byte> bytes)
    {
        var (name, ints, strings) = ("", new List<long>(), new List<string>());
        for (var attribute = new ProtoReader(bytes); attribute.Read();)
        {
            switch (attribute.Field)
            {
                case 1: name = attribute.Text; break;
                case 3 or 8: ints.Add(attribute.Value); break;
                case 4 or 9: strings.Add(attribute.Text); break;
            }
        }

        (Ints[name], Strings[name]) = (ints, strings);
    }
}
