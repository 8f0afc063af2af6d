namespace NnService.Api.Http;

internal static class ServiceVersion
{
    /// <summary>The version of this service, as <c>1.2.3</c>.</summary>
    public static string Text { get; } = typeof(ServiceVersion).Assembly.GetName().Version!.ToString(3);
}
