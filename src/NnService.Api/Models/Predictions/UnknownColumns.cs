namespace NnService.Api.Models.Predictions;

/// <summary>What becomes of columns that a model does not know.</summary>
internal enum UnknownColumns
{
    /// <summary>They are refused.</summary>
    Refuse,

    /// <summary>They are refused, and it is said how to have them passed over: the call takes <c>?ignoreUnknown=true</c>.</summary>
    RefuseUnlessAsked,

    /// <summary>They are passed over.</summary>
    Ignore,
}
