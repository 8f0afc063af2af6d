using Microsoft.EntityFrameworkCore;

namespace NnService.Api.Data;

/// <summary>Rows without the columns that may be as large as a body.</summary>
internal static class ColumnsLeftOut
{
    /// <summary>The rows as what is composed on them reads them.</summary>
    /// <param name="db">The database.</param>
    /// <param name="instead">What stands in place of a property's column, as SQL; null: the column.</param>
    public static IQueryable<TRow> Without<TRow>(this AppDbContext db, Func<string, string?> instead)
        where TRow : class
    {
        var row = db.Model.FindEntityType(typeof(TRow))!;
        var columns = row.GetProperties().Select(property => (Column: $"\"{property.GetColumnName()}\"", Instead: instead(property.Name)))
            .Select(read => read.Instead is null ? read.Column : $"{read.Instead} AS {read.Column}");
        var sql = $"SELECT {string.Join(", ", columns)} FROM \"{row.GetTableName()}\"";
        return db.Set<TRow>().FromSqlRaw(sql);
    }
}
