using System.Text.Json.Serialization;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Encodings;

/// <summary>What is predicted.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TaskKind>))]
public enum TaskKind
{
    /// <summary>One of two labels.</summary>
    BinaryClassification,

    /// <summary>One of several labels.</summary>
    MulticlassClassification,

    /// <summary>One or several numbers.</summary>
    Regression,
}
