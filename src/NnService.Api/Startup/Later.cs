namespace NnService.Api.Startup;

/// <summary>
/// Something that is made at its first use. Unlike <see cref="Lazy{T}"/> it forgets a failure: where something was lacking for a moment, the next use makes it.
/// EF Core's factory made at the start would cost it 20 ms and 5 MiB (decision 43).
/// </summary>
/// <param name="make">Makes it; one call at a time.</param>
internal sealed class Later<T>(Func<T> make)
    where T : class
{
    private readonly Lock _gate = new();
    private T? _value;

    /// <summary>Whether it has been made.</summary>
    public bool IsMade => Volatile.Read(ref _value) is not null;

    /// <summary>The value. Errors: those of making it.</summary>
    public T Value
    {
        get
        {
            if (Volatile.Read(ref _value) is { } made)
                return made;
            lock (_gate)
            {
                var value = _value ?? make();
                Volatile.Write(ref _value, value);
                return value;
            }
        }
    }
}
