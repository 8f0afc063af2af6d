using System.Runtime.InteropServices;

namespace NnService.Engine.Export;

/// <summary>A tensor of an ONNX graph: [rows, columns], or a vector, whose columns are then 1 … n of one row.</summary>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Data">Its elements: float, double, long, bool or string.</param>
internal sealed record OnnxTensor(int[] Shape, Array Data)
{
    // Numbers of the element types in TensorProto.DataType.
    public const int FloatType = 1;
    public const int Int64Type = 7;
    public const int StringType = 8;
    public const int DoubleType = 11;

    public int Rows => Shape.Length == 2 ? Shape[0] : 1;

    public int Columns => Shape[^1];

    /// <summary>A row of numbers, float where they are in single precision.</summary>
    public static OnnxTensor Row(ReadOnlySpan<double> values, bool isSingle) => Matrix(values, 1, values.Length, isSingle);

    /// <summary>[rows, columns] of numbers.</summary>
    public static OnnxTensor Matrix(ReadOnlySpan<double> values, int rows, int columns, bool isSingle) =>
        new([rows, columns], isSingle ? Array.ConvertAll(values.ToArray(), value => (float)value) : values.ToArray());

    /// <summary>The tensor as a message TensorProto: dims 1, data_type 2, name 8, raw_data 9 (little-endian).</summary>
    public ProtoWriter ToMessage(string name)
    {
        var message = new ProtoWriter();
        foreach (var dimension in Shape)
            message.Add(1, dimension);
        return Data switch
        {
            float[] numbers => message.Add(2, FloatType).Add(8, name).Add(9, MemoryMarshal.AsBytes<float>(numbers)),
            double[] numbers => message.Add(2, DoubleType).Add(8, name).Add(9, MemoryMarshal.AsBytes<double>(numbers)),
            long[] numbers => message.Add(2, Int64Type).Add(8, name).Add(9, MemoryMarshal.AsBytes<long>(numbers)),
            _ => throw new NotSupportedException(),
        };
    }

    /// <summary>Reads a message TensorProto.</summary>
    public static (string Name, OnnxTensor Tensor) Read(ReadOnlySpan<byte> bytes)
    {
        var (name, type, shape) = ("", 0L, new List<int>());
        ReadOnlySpan<byte> raw = [];
        for (var message = new ProtoReader(bytes); message.Read();)
        {
            switch (message.Field)
            {
                case 1: shape.Add((int)message.Value); break;
                case 2: type = message.Value; break;
                case 8: name = message.Text; break;
                case 9: raw = message.Bytes; break;
            }
        }

        Array data = type switch
        {
            FloatType => MemoryMarshal.Cast<byte, float>(raw).ToArray(),
            DoubleType => MemoryMarshal.Cast<byte, double>(raw).ToArray(),
            _ => MemoryMarshal.Cast<byte, long>(raw).ToArray(),
        };
        return (name, new OnnxTensor([.. shape], data));
    }
}
