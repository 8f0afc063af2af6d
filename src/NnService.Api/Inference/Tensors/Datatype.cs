using System.Buffers.Binary;
using System.Collections.Frozen;
using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Tensors;

/// <summary>A type of a tensor's elements.</summary>
/// <param name="Name">Its name in the protocol.</param>
/// <param name="Size">Bytes of an element; 0 for BYTES, whose elements have lengths of their own.</param>
/// <param name="Low">The lowest number.</param>
/// <param name="High">The highest number.</param>
internal sealed record Datatype(string Name, int Size, double Low = double.MinValue, double High = double.MaxValue)
{
    public static readonly Datatype Bool = new("BOOL", 1);
    public static readonly Datatype Bytes = new("BYTES", 0);
    public static readonly Datatype Single = new("FP32", 4, float.MinValue, float.MaxValue);
    public static readonly Datatype Double = new("FP64", 8);

    private static readonly FrozenDictionary<string, Datatype> s_known = new[]
    {
        Bool,
        new("UINT8", 1, 0, byte.MaxValue), new("UINT16", 2, 0, ushort.MaxValue), new("UINT32", 4, 0, uint.MaxValue), new("UINT64", 8, 0, ulong.MaxValue),
        new("INT8", 1, sbyte.MinValue, sbyte.MaxValue), new("INT16", 2, short.MinValue, short.MaxValue),
        new("INT32", 4, int.MinValue, int.MaxValue), new("INT64", 8, long.MinValue, long.MaxValue),
        Single, Double, Bytes,
    }.ToFrozenDictionary(type => type.Name);

    /// <summary>Whether elements are whole numbers.</summary>
    public bool IsInteger => Name.Contains("INT", StringComparison.Ordinal);

    /// <summary>Whether elements are numbers.</summary>
    public bool IsNumber => Size > 0 && this != Bool;

    /// <summary>The type of a name. Errors: <see cref="ProblemException"/>.</summary>
    public static Datatype Of(string name, string input) => s_known.TryGetValue(name, out var known)
        ? known
        : throw Refusal.Exception(400, name is "FP16" or "BF16"
            ? $"Input \"{Echo.Cut(input)}\": the datatype {name} is not taken; send FP32."
            : $"Input \"{Echo.Cut(input)}\": there is no datatype \"{Echo.Cut(name)}\". Known: "
                + $"{string.Join(", ", s_known.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>Reads elements of [count · Size] little-endian bytes as float64.</summary>
    public void Read(ReadOnlySpan<byte> bytes, Span<double> numbers)
    {
        switch (Name)
        {
            case "FP32":
                for (var i = 0; i < numbers.Length; i++)
                    numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * 4)..]);
                break;
            case "FP64":
                for (var i = 0; i < numbers.Length; i++)
                    numbers[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * 8)..]);
                break;
            default:
                for (var i = 0; i < numbers.Length; i++)
                    numbers[i] = ReadInteger(bytes.Slice(i * Size, Size));
                break;
        }
    }

    private double ReadInteger(ReadOnlySpan<byte> bytes) => Name switch
    {
        "INT8" => (sbyte)bytes[0],
        "INT16" => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        "INT32" => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "INT64" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        "UINT16" => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        "UINT32" => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        "UINT64" => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        _ => bytes[0], // UINT8 and BOOL
    };
}
