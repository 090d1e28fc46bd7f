using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Weft.Cli.Web;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;

namespace Weft.Conformance.CliTests;

/// <summary>What the web server does with those who ask otherwise.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class HostileWebTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example:9870")]
    [InlineData("192.0.2.7")]
    [InlineData("[2001:db8::1]")]
    public async Task A_name_that_somebody_else_points_here_is_refused(string host)
    {
        await using WebRig rig = await WebRig.StartAsync();
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await StatusAsync(rig, HttpMethod.Get, "/api/v1/show/ports", ("Host", host)));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:9870")]
    [InlineData("127.0.0.1:1")]
    [InlineData("[::1]:9870")]
    [InlineData("weft.example")]
    public async Task Its_own_names_are_taken_whatever_port_a_tunnel_gave_them(string host)
    {
        await using WebRig rig = await WebRig.StartAsync(new ApiPlan { Hosts = ["weft.example"] });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, HttpMethod.Get, "/api/v1/show/ports", ("Host", host)));
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task What_another_sites_page_sends_is_refused_whether_it_reads_or_changes(string header, string value)
    {
        using var folder = new TemporaryFolder();
        await using WebRig rig = await WebRig.StartAsync(WithToken(folder));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(rig, HttpMethod.Get, "/api/v1/show/ports", (header, value)));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(rig, HttpMethod.Post, "/api/v1/ids/reload-rules", (header, value), ("Authorization", $"Bearer {WebRig.Token}")));
    }

    [Fact]
    public async Task A_link_on_another_page_leads_to_the_dashboard_and_nowhere_else()
    {
        await using WebRig rig = await WebRig.StartAsync();
        (string, string)[] link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")];
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, HttpMethod.Get, "/", link));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(rig, HttpMethod.Get, "/api/v1/show/all", link));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(rig, HttpMethod.Get, "/", [.. link[..2], ("Sec-Fetch-Dest", "iframe")]));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/v1/show/ports")]
    [InlineData("/api/v1/show/nothing")]
    [InlineData("/nothing")]
    public async Task Every_answer_forbids_the_browser_what_the_dashboard_does_not_need(string path)
    {
        await using WebRig rig = await WebRig.StartAsync();

        HttpResponseMessage answer = await rig.Client.GetAsync(path, Cancelled);

        string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task A_browser_that_asks_first_is_not_told_that_it_may()
    {
        await using WebRig rig = await WebRig.StartAsync();
        using var ask = new HttpRequestMessage(HttpMethod.Options, "/api/v1/trace") { Headers = { { "Origin", "https://evil.example" }, { "Access-Control-Request-Method", "POST" } } };

        HttpResponseMessage answer = await rig.Client.SendAsync(ask, Cancelled);

        Assert.False(answer.IsSuccessStatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    public async Task What_a_form_can_send_is_no_question(string type)
    {
        await using WebRig rig = await WebRig.StartAsync();
        HttpResponseMessage answer = await rig.Client.PostAsync("/api/v1/trace", new StringContent("{}", MediaTypeHeaderValue.Parse(type)), Cancelled);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task Without_a_token_in_the_configuration_nothing_can_be_changed()
    {
        await using WebRig rig = await WebRig.StartAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(rig, HttpMethod.Post, "/api/v1/lb/x/drain", ("Authorization", $"Bearer {WebRig.Token}")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer 0123456789abcdef0123456789abcdee")]
    [InlineData("Bearer 0123456789abcdef0123456789abcdef0")]
    [InlineData("Basic 0123456789abcdef0123456789abcdef")]
    public async Task Without_the_token_nothing_is_changed(string? authorization)
    {
        using var folder = new TemporaryFolder();
        await using WebRig rig = await WebRig.StartAsync(WithToken(folder));
        (string, string)[] headers = authorization is null ? [] : [("Authorization", authorization)];
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(rig, HttpMethod.Post, "/api/v1/ids/reload-rules", headers));
    }

    [Fact]
    public async Task With_the_token_changes_are_made_and_a_new_token_counts_at_once()
    {
        using var folder = new TemporaryFolder();
        ApiPlan plan = WithToken(folder);
        await using WebRig rig = await WebRig.StartAsync(plan);
        (string, string) old = ("Authorization", $"Bearer {WebRig.Token}");
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(rig, HttpMethod.Post, "/api/v1/ids/reload-rules", old));
        Assert.Equal(HttpStatusCode.Conflict, await StatusAsync(rig, HttpMethod.Post, "/api/v1/lb/nobody/drain", old));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await StatusAsync(rig, HttpMethod.Get, "/api/v1/ids/reload-rules", old));

        File.WriteAllText(plan.TokenPath!, new string('n', TokenFile.MinLength));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(rig, HttpMethod.Post, "/api/v1/ids/reload-rules", old));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(rig, HttpMethod.Post, "/api/v1/ids/reload-rules", ("Authorization", $"Bearer {new string('n', TokenFile.MinLength)}")));
    }

    [Theory]
    [InlineData("GET /../../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("GET /..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("GET /api/v1/show/..%5c..%5cetc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404")]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", "400")]
    [InlineData("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "400")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n", "400")]
    public async Task What_is_no_proper_request_gets_nothing(string request, string status)
    {
        await using WebRig rig = await WebRig.StartAsync();
        string answer = await rig.SendRawAsync(request, until: "\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        Assert.DoesNotContain("root:", answer);
    }

    [Fact]
    public async Task A_request_of_too_many_octets_ends_early()
    {
        await using WebRig rig = await WebRig.StartAsync();
        string line = $"GET /{new string('a', 8192)} HTTP/1.1\r\n";
        string header = $"GET / HTTP/1.1\r\nHost: localhost\r\nX: {new string('a', 20_000)}\r\n\r\n";
        string headers = $"GET / HTTP/1.1\r\nHost: localhost\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X{i}: 1\r\n"))}\r\n";
        Assert.StartsWith("HTTP/1.1 414 ", await rig.SendRawAsync(line, "\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 431 ", await rig.SendRawAsync(header, "\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 431 ", await rig.SendRawAsync(headers, "\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 413 ", await rig.SendRawAsync("POST /api/v1/trace HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n", "\r\n\r\n"));
    }

    [Fact]
    public async Task Who_never_ends_his_headers_is_hung_up_on_and_meanwhile_others_are_served()
    {
        await using WebRig rig = await WebRig.StartAsync();
        Task<string> slow = rig.SendRawAsync("GET / HTTP/1.1\r\nHost: localhost\r\n", "\r\n\r\n");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(rig, HttpMethod.Get, "/api/v1"));
        Assert.StartsWith("HTTP/1.1 408 ", await slow);
    }

    [Fact]
    public async Task However_many_ask_the_switch_is_asked_seldom()
    {
        await using WebRig rig = await WebRig.StartAsync();
        var pictures = new Pictures(rig.Host);

        Pictures.Picture[] taken = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => pictures.OfAsync(Weft.Host.Control.ShowTopic.Ports)));

        // A thousand questions at once; a machine that stands still in between may see a second picture.
        Assert.InRange(taken.Distinct().Count(), 1, 10);
    }

    [Fact]
    public async Task A_seventeenth_reader_of_events_is_asked_to_come_back()
    {
        await using WebRig rig = await WebRig.StartAsync();
        var readers = new List<Stream>();
        for (int i = 0; i < 16; i++)
        {
            readers.Add(await rig.Client.GetStreamAsync("/api/v1/events", Cancelled));
        }

        HttpResponseMessage refused = await rig.Client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, Cancelled);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        readers.ForEach(reader => reader.Dispose());
    }

    private static ApiPlan WithToken(TemporaryFolder folder)
    {
        string path = folder.Write("token", WebRig.Token + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return new ApiPlan { TokenPath = path };
    }

    private static async Task<HttpStatusCode> StatusAsync(WebRig rig, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach ((string name, string value) in headers)
        {
            _ = request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage answer = await rig.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        return answer.StatusCode;
    }
}
