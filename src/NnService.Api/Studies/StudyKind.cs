namespace NnService.Api.Studies;

/// <summary>What a study asks.</summary>
public enum StudyKind
{
    /// <summary>Which settings are best: many jobs with other values of the same fields.</summary>
    Search,

    /// <summary>How good a job's models are on rows they have not seen: each row is tested once in every repeat.</summary>
    CrossValidation,
}

/// <summary>How trials are given their epochs.</summary>
public enum SearchMethod
{
    /// <summary>Every trial runs to its end.</summary>
    Random,

    /// <summary>All begin with few epochs; only the best part goes on to more.</summary>
    SuccessiveHalving,
}

/// <summary>Which metrics are better.</summary>
public enum SearchDirection
{
    /// <summary>Small ones.</summary>
    Minimize,

    /// <summary>Large ones.</summary>
    Maximize,
}

/// <summary>What becomes the model.</summary>
public enum StudyKeep
{
    /// <summary>A search's best trial.</summary>
    Best,

    /// <summary>One model of those trials of a search whose answers fit the validation part best together.</summary>
    Ensemble,

    /// <summary>A cross-validation's job once more, trained on all rows.</summary>
    Refit,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>Why a study ended.</summary>
public enum StudyStopReason
{
    /// <summary>All its jobs have ended.</summary>
    Completed,

    /// <summary>Its time was up.</summary>
    TimeLimit,

    /// <summary>Somebody asked to stop and keep the best.</summary>
    Stopped,

    /// <summary>Somebody asked to cancel.</summary>
    Cancelled,

    /// <summary>Something failed.</summary>
    Error,
}
