namespace NnService.Api.Tests.Databases;

/// <summary>A test that needs a PostgreSQL server, and is skipped where there can be none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgreSqlFactAttribute : FactAttribute
{
    public PostgreSqlFactAttribute() => Skip = PostgreSqlServer.WhyMissing;
}

/// <summary>The same for one that needs a program besides.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgreSqlAndProgramFactAttribute : ProgramFactAttribute
{
    public PostgreSqlAndProgramFactAttribute(string program, string package)
        : base(program, package) => Skip ??= PostgreSqlServer.WhyMissing;
}

/// <summary>The same with arguments.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgreSqlTheoryAttribute : TheoryAttribute
{
    public PostgreSqlTheoryAttribute() => Skip = PostgreSqlServer.WhyMissing;
}
