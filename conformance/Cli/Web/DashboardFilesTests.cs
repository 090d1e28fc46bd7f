using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>The dashboard's files: made of the sources beside them, and served as nothing but files.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed partial class DashboardFilesTests
{
    private static readonly string Folder = Repository.File("src/Weft/Dashboard");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void What_is_served_was_made_of_these_sources()
    {
        string[] files = ["index.html", "package-lock.json", "tsconfig.json", "vite.config.ts", .. Directory.EnumerateFiles(Path.Combine(Folder, "src"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/'))];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file + "\0"));
            hash.AppendData(File.ReadAllBytes(Path.Combine(Folder, file)));
            hash.AppendData([0]);
        }

        string made = File.ReadAllText(Path.Combine(Folder, "dist/sources.sha256")).Trim();
        Assert.True(made == Convert.ToHexStringLower(hash.GetHashAndReset()), "the dashboard's sources changed: run 'npm install && npm run build' in src/Weft/Dashboard");
    }

    [Fact]
    public void The_page_has_no_inline_script_no_inline_style_and_no_address_of_elsewhere()
    {
        string page = File.ReadAllText(Path.Combine(Folder, "dist/index.html"));
        Assert.DoesNotMatch(InlineScript(), page);
        Assert.DoesNotContain("style=", page);
        Assert.DoesNotContain("://", page);
    }

    [Fact]
    public void Nothing_in_the_lock_file_names_a_server() =>
        Assert.DoesNotContain("\"resolved\"", File.ReadAllText(Path.Combine(Folder, "package-lock.json")));

    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/index.js", "text/javascript; charset=utf-8")]
    [InlineData("/index.css", "text/css; charset=utf-8")]
    [InlineData("/icon.svg", "image/svg+xml")]
    [InlineData("/licenses.txt", "text/plain; charset=utf-8")]
    public async Task A_file_is_served_with_its_type_and_a_tag_that_spares_sending_it_twice(string path, string type)
    {
        await using WebRig rig = await WebRig.StartAsync();
        HttpResponseMessage answer = await rig.Client.GetAsync(path, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());

        using var again = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { answer.Headers.ETag! } } };
        Assert.Equal(HttpStatusCode.NotModified, (await rig.Client.SendAsync(again, Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await rig.Client.PostAsync(path, null, Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Where_nothing_is_watched_no_rule_can_be_thought_away()
    {
        await using WebRig rig = await WebRig.StartAsync();
        HttpResponseMessage answer = await rig.Client.PostAsync("/api/v1/what-if", new StringContent("""{"service":"x","rule":"y"}""", Encoding.UTF8, "application/json"), Cancelled);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("no analytics", await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("[]", await rig.Client.GetStringAsync("/api/v1/rules", Cancelled));
    }

    [GeneratedRegex("<script(?![^>]*\\ssrc=)", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();
}
