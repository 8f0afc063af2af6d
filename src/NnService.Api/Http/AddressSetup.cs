namespace NnService.Api.Http;

internal static class AddressSetup
{
    private const string DefaultAddress = "http://localhost:5080";

    private static readonly string[] s_others = ["urls", "http_ports", "https_ports"];

    /// <summary>Listens on the default address unless the command line, the environment or the settings name another.</summary>
    public static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        // Not in appsettings.json: that would win over ASPNETCORE_URLS.
        if (s_others.All(name => builder.Configuration[name] is null))
            builder.WebHost.UseUrls(DefaultAddress);
    }
}
