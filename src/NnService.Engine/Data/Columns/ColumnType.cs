using System.Text.Json.Serialization;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Columns;

/// <summary>What the cells of a column are.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ColumnType>))]
public enum ColumnType
{
    /// <summary>Finite numbers, held as float64.</summary>
    Number,

    /// <summary>False or true, held as 0 and 1.</summary>
    Boolean,

    /// <summary>One of few values, held as codes into the list of values.</summary>
    Category,

    /// <summary>Mostly unique text: too many distinct values to encode, usable only when ignored.</summary>
    Text,
}
