using System.Diagnostics.CodeAnalysis;

namespace NnService.Api.Errors;

/// <summary>What an operation came to: a value, or the refusal that is the answer instead.</summary>
internal readonly struct Outcome<T>
    where T : notnull
{
    private readonly T? _value;
    private readonly ProblemResult? _refusal;

    private Outcome(T? value, ProblemResult? refusal) => (_value, _refusal) = (value, refusal);

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(ProblemResult refusal) => new(default, refusal);

    /// <summary>Whether it is a refusal; the value where it is none.</summary>
    public bool IsRefused([NotNullWhen(true)] out ProblemResult? refusal, [NotNullWhen(false)] out T? value)
    {
        (refusal, value) = (_refusal, _value);
        return refusal is not null;
    }

    /// <summary>The refusal, or an answer made of the value.</summary>
    public IResult Answer(Func<T, IResult> answer) => IsRefused(out var refusal, out var value) ? refusal : answer(value);
}
