using Microsoft.Playwright;
using Weft.Conformance.Support;

namespace Weft.Conformance.BrowserTests;

/// <summary>One browser and one switch for all tests; a machine that is busy starts them slowly.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;

    internal DemoSwitch? Switch { get; private set; }

    internal IBrowser? Browser { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Command.Exists("chromium"))
        {
            Switch = await DemoSwitch.StartAsync(TestContext.Current.CancellationToken);
            _playwright = await Playwright.CreateAsync();
            Browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Command.Find("chromium"), Args = ["--no-sandbox", "--disable-gpu"], Timeout = 180_000 });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null)
        {
            await Browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (Switch is not null)
        {
            await Switch.DisposeAsync();
        }
    }
}
