using System.Text.Json;
using NnService.Api.Errors;

namespace NnService.Api.Inference.Tensors;

/// <summary>Reads a tensor's data from JSON: flat in row-major order, or nested as its shape is.</summary>
internal sealed class TensorJson
{
    private readonly TensorHeader _header;
    private readonly long[] _counts;
    private int _depth;
    private int _elementDepth; // 0 until the first element is met
    private long _read;

    /// <param name="header">What the tensor is to be.</param>
    /// <param name="jsonBytes">Bytes of the data: an element takes at least one, so that no memory is taken for a shape that is only claimed.</param>
    public TensorJson(TensorHeader header, int jsonBytes)
    {
        _header = header;
        _counts = new long[header.Shape.Count + 2];
        if (header.Count > jsonBytes)
            throw header.Refuse($"the shape {header.ShapeText} takes {header.Count} elements; data has fewer.");
        if (header.Datatype == Datatype.Bytes)
            Texts = new string[header.Count];
        else
            Numbers = new double[header.Count];
    }

    /// <summary>[Count] the elements; null for BYTES.</summary>
    public double[]? Numbers { get; }

    /// <summary>[Count] the elements of BYTES.</summary>
    public string[]? Texts { get; }

    /// <summary>Reads the data. Errors: <see cref="ProblemException"/>.</summary>
    public void Read(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray:
                    Begin();
                    break;
                case JsonTokenType.EndArray:
                    End();
                    break;
                case JsonTokenType.StartObject:
                    throw _header.Refuse("data must be an array of elements, or arrays of them; it holds an object.");
                default:
                    Place();
                    Take(ref reader);
                    break;
            }
        }

        if (_read != _header.Count)
            throw _header.Refuse($"the shape {_header.ShapeText} takes {_header.Count} elements; data has {_read}.");
    }

    private void Begin()
    {
        _counts[_depth]++;
        if (++_depth > _header.Shape.Count)
            throw _header.Refuse($"data is nested deeper than the shape {_header.ShapeText}.");
        _counts[_depth] = 0;
    }

    private void End()
    {
        // Flat data is one array of all elements; its number is looked at in the end.
        if (_elementDepth > 1 && _counts[_depth] != _header.Shape[_depth - 1])
            throw _header.Refuse($"an array of data has {_counts[_depth]} members where the shape {_header.ShapeText} has {_header.Shape[_depth - 1]}.");
        _depth--;
    }

    private void Place()
    {
        if (_elementDepth == 0)
            _elementDepth = _depth;
        if (_depth != _elementDepth || (_depth != 1 && _depth != _header.Shape.Count))
            throw _header.Refuse($"data is neither one flat array nor nested as the shape {_header.ShapeText} is.");
        if (_read == _header.Count)
            throw _header.Refuse($"the shape {_header.ShapeText} takes {_header.Count} elements; data has more.");
        _counts[_depth]++;
    }

    private void Take(ref Utf8JsonReader reader)
    {
        var type = _header.Datatype;
        if (Texts is not null)
            Texts[_read] = reader.TokenType == JsonTokenType.String ? JsonText.Of(ref reader, $"Input \"{_header.Name}\", element {_read} of data")
                : throw Expected("a string");
        else if (type == Datatype.Bool)
            Numbers![_read] = reader.TokenType switch { JsonTokenType.True => 1, JsonTokenType.False => 0, _ => throw Expected("true or false") };
        else if (reader.TokenType != JsonTokenType.Number)
            throw Expected("a number");
        else
            Numbers![_read] = Number(reader.GetDouble());
        _read++;
    }

    private double Number(double number)
    {
        var type = _header.Datatype;
        if (!(number >= type.Low && number <= type.High) || (type.IsInteger && number != Math.Floor(number)))
            throw Expected(type.IsInteger ? $"a whole number that fits {type.Name}" : $"a number that fits {type.Name}");
        return type == Datatype.Single ? (float)number : number;
    }

    private ProblemException Expected(string what) => _header.Refuse($"element {_read} of data is not {what}; the datatype is {_header.Datatype.Name}.");
}
