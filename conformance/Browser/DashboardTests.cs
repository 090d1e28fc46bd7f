using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Weft.Conformance.Support;

namespace Weft.Conformance.BrowserTests;

/// <summary>The dashboard as a person has it: in a browser, over the server's own headers, with the keyboard. Screenshots go where WEFT_SCREENSHOTS says.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class DashboardTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const float Patience = 90_000;

    private static readonly string Screenshots = Environment.GetEnvironmentVariable("WEFT_SCREENSHOTS") ?? Path.Combine(AppContext.BaseDirectory, "screenshots");

    private readonly List<string> _complaints = [];
    private readonly List<string> _asked = [];

    private static (string Path, string Title, string Content)[] Pages { get; } =
    [
        ("overview", "Overview", "frontend"),
        ("drops", "Drops and stages", "vlan-not-allowed"),
        ("trace", "Trace a packet", "enters through"),
        ("nat", "NAT and balancers", "198.51.100.2"),
        ("bridges", "Bridges and machines", "Bridge pair"),
        ("multicast", "Multicast", "239.1.0.7"),
        ("ids", "Intrusion detection", "a ping"),
        ("alarms", "Alarms", "segmentation-quotient"),
        ("behaviour", "Behaviour", "Role 0"),
        ("segmentation", "Segmentation", "shop"),
        ("cluster", "Cluster", "Host edge-a"),
        ("workers", "Workers", "fabric"),
        ("events", "Events", "switch started"),
    ];

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Every_view_shows_what_the_switch_has_and_asks_nobody_else(ColorScheme scheme)
    {
        IPage page = await OpenAsync("overview", scheme);
        foreach ((string path, string title, string content) in Pages)
        {
            await page.Locator($"nav a[href='#/{path}']").ClickAsync(new() { Timeout = Patience });
            await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync(title, new() { Timeout = Patience });
            await Assertions.Expect(page.Locator("main")).ToContainTextAsync(content, new() { Timeout = Patience });
            await Assertions.Expect(page.Locator("header .status")).ToHaveTextAsync("live", new() { Timeout = Patience });
            await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{path}-{scheme.ToString().ToLowerInvariant()}.png"), FullPage = true, Timeout = Patience });
        }

        Assert.Empty(_complaints);
        Assert.All(_asked, url => Assert.StartsWith(fixture.Switch!.Server.Address.AbsoluteUri, url));
    }

    [Fact]
    public async Task Rates_appear_and_a_port_is_opened_with_the_keyboard_alone()
    {
        IPage page = await OpenAsync("overview", ColorScheme.Light);
        // Ports, segments, tunnels and peers alike.
        foreach (string node in (string[])["port web", "segment frontend", "vtep overlay", "peer overlay 192.0.2.2"])
        {
            await Assertions.Expect(page.Locator($"[data-id='{node}'] .node-line").Last).ToContainTextAsync(new Regex("[1-9].*/s"), new() { Timeout = Patience });
        }

        await page.Locator("[data-id='port web']").FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Port web" })).ToBeVisibleAsync(new() { Timeout = Patience });
        await page.WaitForTimeoutAsync(4_000);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, "port-light.png"), FullPage = true });
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task The_tab_key_reaches_every_view_and_the_skip_link_comes_first()
    {
        IPage page = await OpenAsync("overview", ColorScheme.Light);
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("To the content", await page.EvaluateAsync<string>("document.activeElement.textContent"));

        var reached = new List<string>();
        for (int i = 0; i < Pages.Length; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.getAttribute('href') ?? ''"));
        }

        Assert.All(Pages, view => Assert.Contains($"#/{view.Path}", reached));
    }

    [Fact]
    public async Task A_trace_is_drawn_stage_by_stage_and_a_bad_packet_is_refused_in_words()
    {
        IPage page = await OpenAsync("trace", ColorScheme.Light);
        await page.Locator("#port option").First.WaitForAsync(new() { State = WaitForSelectorState.Attached, Timeout = Patience });
        await page.GetByRole(AriaRole.Button, new() { Name = "Trace" }).ClickAsync();

        await Assertions.Expect(page.Locator("p.verdict")).ToContainTextAsync("VERDICT", new() { Timeout = Patience });
        await Assertions.Expect(page.Locator(".path .node")).Not.ToHaveCountAsync(0);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, "trace-drawn-light.png"), FullPage = true });

        await page.Locator("#packet").FillAsync("not a packet");
        await page.GetByRole(AriaRole.Button, new() { Name = "Trace" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("hexadecimal", new() { Timeout = Patience });
    }

    [Fact]
    public async Task What_would_be_without_a_rule_is_told()
    {
        IPage page = await OpenAsync("segmentation", ColorScheme.Light);
        await Assertions.Expect(page.Locator("#rule option")).ToHaveCountAsync(4, new() { Timeout = Patience });
        await page.Locator("#rule").SelectOptionAsync(new SelectOptionValue { Label = "web-rules / anything-out" });
        await page.GetByRole(AriaRole.Button, new() { Name = "What if it were gone?" }).ClickAsync();

        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Without rule anything-out of web-rules", new() { Timeout = Patience });
        await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, "what-if-light.png"), FullPage = true });
    }

    [Fact]
    public async Task When_the_switch_ends_the_page_says_so_and_when_the_server_is_gone_it_says_how_old_it_is()
    {
        Assert.SkipUnless(Command.Exists("chromium"), "needs the program chromium");
        await using DemoSwitch mortal = await DemoSwitch.StartAsync(TestContext.Current.CancellationToken);
        IPage page = await OpenAsync("overview", ColorScheme.Light, mortal);
        await Assertions.Expect(page.Locator("header .status")).ToHaveTextAsync("live", new() { Timeout = Patience });
        mortal.Host.Stop();
        await Assertions.Expect(page.Locator("header .status")).ToHaveTextAsync("ended: this is the last picture", new() { Timeout = Patience });

        await mortal.Server.DisposeAsync();

        await Assertions.Expect(page.Locator("header .status")).ToContainTextAsync("stale: last answer", new() { Timeout = Patience });
        await page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, "stale-light.png") });
    }

    private async Task<IPage> OpenAsync(string path, ColorScheme scheme, DemoSwitch? other = null)
    {
        Assert.SkipUnless(fixture.Browser is not null, "needs the program chromium");
        IPage page = await fixture.Browser.NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = 1360, Height = 900 } });
        page.Console += (_, message) => Complain(message.Type is "error" or "warning" ? message.Text : null);
        page.PageError += (_, error) => Complain(error);
        page.Request += (_, request) => _asked.Add(request.Url);
        _ = await page.GotoAsync($"{(other ?? fixture.Switch!).Server.Address}#/{path}", new() { Timeout = Patience });
        return page;
    }

    private void Complain(string? text)
    {
        if (text is not null)
        {
            _complaints.Add(text);
        }
    }
}
