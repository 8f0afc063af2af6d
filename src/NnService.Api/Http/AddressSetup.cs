namespace NnService.Api.Http;

internal static class AddressSetup
{
    private const string DefaultAddress = "http://localhost:5080";

    /// <summary>Listens on the default address unless the command line, the environment or the settings name another.</summary>
    public static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        // Not in appsettings.json: that would win over ASPNETCORE_URLS.
        if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null)
            builder.WebHost.UseUrls(DefaultAddress);
    }
}
