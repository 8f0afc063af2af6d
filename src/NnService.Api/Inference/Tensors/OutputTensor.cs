using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using NnService.Api.Models.Predictions;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Inference.Tensors;

/// <summary>A tensor of an answer, written batch by batch as it will be sent: as JSON or as bytes.</summary>
internal sealed class OutputTensor : IDisposable
{
    private readonly TensorMetadata _metadata;
    private readonly ArrayBufferWriter<byte> _data = new(1 << 12);
    private readonly Utf8JsonWriter? _json;
    private readonly byte[][] _labels;
    private readonly int _target;
    private readonly bool _isInterval;
    private readonly bool _isSet;
    private long _rows;

    /// <param name="metadata">Which tensor.</param>
    /// <param name="target">What the model's answers mean.</param>
    /// <param name="isBinary">Whether as bytes.</param>
    public OutputTensor(TensorMetadata metadata, TargetEncoding target, bool isBinary)
    {
        _metadata = metadata;
        _labels = metadata.Datatype == Datatype.Bytes.Name ? [.. target.Labels.Select(Encoding.UTF8.GetBytes)] : [];
        _isInterval = target.Task == TaskKind.Regression && metadata.Shape[1] == 2;
        _isSet = metadata.Datatype == Datatype.Bool.Name;
        _target = target.Columns.ToList().FindIndex(column => metadata.Name == (_isInterval ? ModelSignature.IntervalOf(column, target.Columns) : column));
        if (isBinary)
            return;
        _json = new Utf8JsonWriter(_data, AnswerWriter.JsonOptions);
        _json.WriteStartArray();
    }

    /// <summary>The bytes to send behind the JSON; none where the tensor is in it.</summary>
    public ReadOnlyMemory<byte> Bytes => _json is null ? _data.WrittenMemory : default;

    /// <summary>Whether the tensor goes as bytes.</summary>
    public bool IsBinary => _json is null;

    /// <summary>Adds the rows asked about last.</summary>
    public void Take(Predictor predictions)
    {
        _rows += predictions.Rows;
        for (var row = 0; row < predictions.Rows; row++)
        {
            if (_labels.Length > 0)
                Write(_labels[predictions.LabelOf(row)]);
            else if (_isInterval)
                Write(predictions.IntervalOf(row, _target));
            else if (predictions.Target.Task == TaskKind.Regression)
                Write(predictions.ValueOf(row, _target));
            else
                WriteLabels(predictions, row);
        }
    }

    private void WriteLabels(Predictor predictions, int row)
    {
        for (var label = 0; label < _metadata.Shape[1]; label++)
            if (_isSet)
                Write(predictions.IsInSet(row, label));
            else
                Write(predictions.ProbabilityOf(row, label));
    }

    private void Write((double Low, double High) interval)
    {
        Write(interval.Low);
        Write(interval.High);
    }

    private void Write(bool isTrue)
    {
        if (_json is not null)
        {
            _json.WriteBooleanValue(isTrue);
            return;
        }

        _data.GetSpan(1)[0] = isTrue ? (byte)1 : (byte)0;
        _data.Advance(1);
    }

    /// <summary>Writes the tensor's place in the answer; nothing can be added behind that.</summary>
    public void Describe(Utf8JsonWriter answer)
    {
        answer.WriteStartObject();
        answer.WriteString("name", _metadata.Name);
        answer.WriteString("datatype", _metadata.Datatype);
        answer.WriteStartArray("shape");
        answer.WriteNumberValue(_rows);
        answer.WriteNumberValue(_metadata.Shape[1]);
        answer.WriteEndArray();
        if (_json is null)
        {
            answer.WriteStartObject("parameters");
            answer.WriteNumber("binary_data_size", _data.WrittenCount);
            answer.WriteEndObject();
        }
        else
        {
            _json.WriteEndArray();
            _json.Flush();
            answer.WritePropertyName("data");
            answer.WriteRawValue(_data.WrittenSpan, skipInputValidation: true);
        }

        answer.WriteEndObject();
    }

    public void Dispose() => _json?.Dispose();

    private void Write(byte[] text)
    {
        if (_json is not null)
        {
            _json.WriteStringValue(text);
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(_data.GetSpan(sizeof(int)), text.Length);
        _data.Advance(sizeof(int));
        _data.Write(text);
    }

    private void Write(double number)
    {
        var isSingle = _metadata.Datatype == Datatype.Single.Name;
        if (_json is not null && isSingle)
            _json.WriteNumberValue((float)number);
        else if (_json is not null)
            _json.WriteNumberValue(number);
        else if (isSingle)
            Advance(sizeof(float), (float)number);
        else
            Advance(sizeof(double), number);
    }

    private void Advance(int size, double number)
    {
        var span = _data.GetSpan(size);
        if (size == sizeof(float))
            BinaryPrimitives.WriteSingleLittleEndian(span, (float)number);
        else
            BinaryPrimitives.WriteDoubleLittleEndian(span, number);
        _data.Advance(size);
    }
}
