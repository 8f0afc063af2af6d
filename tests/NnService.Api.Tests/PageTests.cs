using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using NnService.Api.Page;

namespace NnService.Api.Tests;

/// <summary>The files of the web page, as a browser gets them; tests/Page uses it in one.</summary>
[Collection(SharedService.Name)]
public sealed partial class PageTests(TestService service)
{
    private const string OfOwnPage =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    private const int MostBytes = 155_000;

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task Everything_the_page_names_is_there_under_a_policy_without_inline_scripts()
    {
        var start = await _wire.Get("/");
        var bytes = Encoding.UTF8.GetByteCount(start.Text);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (start.Status, start.ContentType));
        Assert.DoesNotMatch("(?i)<script(?![^>]* src=)|<style| style=| on[a-z]+=|https?://", start.Text);

        var files = Addresses().Matches(start.Text).Select(match => match.Groups[1].Value).Where(address => address.StartsWith("/page/", StringComparison.Ordinal)).ToHashSet();
        Assert.Contains("/page/views/train.js", files);
        foreach (var address in files)
        {
            var file = await _wire.Get(address);
            bytes += Encoding.UTF8.GetByteCount(file.Text);
            Assert.Equal(HttpStatusCode.OK, file.Status);
            Assert.Equal(OfOwnPage, Assert.Single(file.Headers.GetValues("Content-Security-Policy")));
            Assert.Equal(Path.GetExtension(address) switch { ".js" => "text/javascript", ".css" => "text/css", _ => "image/svg+xml" }, file.ContentType);
            Assert.DoesNotMatch("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(", file.Text);
            foreach (Match import in Imports().Matches(file.Text))
                Assert.Contains(new Uri(new Uri("http://x" + address), import.Groups[1].Value).AbsolutePath, files);
        }

        Assert.InRange(bytes, 1, MostBytes);
    }

    [Fact]
    public async Task A_file_that_the_browser_has_is_not_sent_again()
    {
        var first = await _wire.Get("/page/app.js");
        var tag = Assert.Single(first.Headers.GetValues("ETag"));

        var again = await _wire.Get("/page/app.js", ("If-None-Match", tag));

        Assert.Equal((HttpStatusCode.NotModified, ""), (again.Status, again.Text));
    }

    [Theory]
    [InlineData("/page/none.js")]
    [InlineData("/page/")]
    [InlineData("/page/index.html")] // its addresses are filled in at /
    [InlineData("/page/../appsettings.json")]
    [InlineData("/page/..%2fschema.sql")]
    public async Task Nothing_else_is_answered(string path) => Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get(path)).Status);

    [Theory]
    [InlineData("// why\nconst a = 1; // one\n", "const a=1;")]
    [InlineData("/** @param {string} a\n * more */\nexport const f = a => ({ b: a + +a - -1 });", "export const f=a=>({b:a+ +a- -1});")]
    [InlineData("  const of = ' // no  comment '; return \"it's\";", "const of=' // no  comment ';return\"it's\";")]
    [InlineData("x = `a  ${ b.map(c => `{ ${c} }`) } // c`; y", "x=`a  ${ b.map(c => `{ ${c} }`) } // c`;y")]
    [InlineData("a.replace(/[/ ]+ '/g, b / c / d)", "a.replace(/[/ ]+ '/g,b/c/d)")]
    [InlineData("const a = [\n  1,\n\n  2]\nconst b = 3;\nif (a) {\n  b();\n}\n", "const a=[1,2]\nconst b=3;if(a){b()}\n")]
    [InlineData("class A {\n  b = 1;\n  c() { for (;;) d(); }\n}\n", "class A{b=1;c(){for(;;)d()}}\n")]
    [InlineData("async (one) => await one", "async(one)=>await one")]
    public void A_module_is_sent_without_comments_and_needless_blanks(string source, string sent) => Assert.Equal(sent, PageScript.Shortened(source));

    [GeneratedRegex("(?:href|src)=\"([^\"]+)\"")]
    private static partial Regex Addresses();

    [GeneratedRegex("^import.*from'([^']+)';$", RegexOptions.Multiline)]
    private static partial Regex Imports();
}
