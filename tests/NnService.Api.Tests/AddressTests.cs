using Microsoft.AspNetCore.Builder;
using NnService.Api.Http;

namespace NnService.Api.Tests;

/// <summary>Where a service listens whose settings say so, or do not.</summary>
public sealed class AddressTests
{
    [Theory]
    [InlineData(null, "http://localhost:5080")]
    [InlineData("--urls=http://localhost:5081", "http://localhost:5081")]
    [InlineData("--http_ports=5081", null)]
    [InlineData("--https_ports=5443", null)]
    public void The_default_address_is_taken_where_no_setting_names_another(string? setting, string? urls)
    {
        var builder = WebApplication.CreateBuilder(setting is null ? [] : [setting]);

        builder.UseDefaultAddress();

        Assert.Equal(urls, builder.Configuration["urls"]);
    }
}
