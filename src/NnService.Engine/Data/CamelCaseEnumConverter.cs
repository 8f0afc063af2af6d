using System.Text.Json;
using System.Text.Json.Serialization;

namespace NnService.Engine.Data;

/// <summary>Writes an enum value as a camelCase string and reads nothing else: a number is refused.</summary>
public sealed class CamelCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;
