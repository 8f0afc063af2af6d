namespace NnService.Api.Data;

/// <summary>
/// A row that goes into the first transaction that is committed on behalf of a request, whoever writes: what it tells is kept exactly where the change is.
/// It follows the request as far as its flow of control goes.
/// </summary>
/// <param name="makeRow">Makes the row; once more where a transaction was rolled back.</param>
/// <param name="kept">Is given the row that was committed, before the next transaction begins.</param>
internal sealed class WriteNote(Func<object> makeRow, Action<object> kept)
{
    private static readonly AsyncLocal<WriteNote?> s_current = new();

    private volatile bool _isOver;
    private object? _row;

    /// <summary>The one that holds here; null: none, or none any more.</summary>
    public static WriteNote? Current => s_current.Value is { _isOver: false } note ? note : null;

    /// <summary>Holds from here on, for the calling method and what it calls.</summary>
    public void Begin() => s_current.Value = this;

    /// <summary>Holds no longer: what goes on behind the request is not the request's.</summary>
    public void End() => _isOver = true;

    /// <summary>Adds the row to a transaction.</summary>
    public void AddTo(AppDbContext db) => db.Add(_row = makeRow());

    /// <summary>The transaction is committed.</summary>
    public void Keep()
    {
        End();
        kept(_row!);
    }
}
