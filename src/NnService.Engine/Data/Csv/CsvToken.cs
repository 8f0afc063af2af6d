namespace NnService.Engine.Data.Csv;

/// <summary>What <see cref="CsvTokenizer.Read"/> found.</summary>
internal enum CsvToken
{
    /// <summary>A cell with another one behind it on the same row.</summary>
    Cell,

    /// <summary>The last cell of a row.</summary>
    LastCell,

    /// <summary>The end of the file; there is no cell.</summary>
    End,

    /// <summary>Something after which nothing can be read; <see cref="CsvTokenizer.Problem"/> says what.</summary>
    Invalid,
}
