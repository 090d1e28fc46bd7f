using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>A running <c>weft</c> with two TAP ports, a and b, each in a network namespace of its own.</summary>
internal sealed class LiveSwitch : IDisposable
{
    public const string LeftAddress = "10.9.0.1";
    public const string RightAddress = "10.9.0.2";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    /// <summary>Starts it; the test is skipped where that cannot be done.</summary>
    /// <param name="more">What else the configuration says.</param>
    public LiveSwitch(string more = "")
    {
        LiveRequirements.Need("ip", "kill");
        LiveRequirements.NeedTap();
        (Left, Right) = (NetNamespace.Create(), NetNamespace.Create());
        Socket = _folder.File("live.sock");
        Text = $$"""
            schema: weft/1
            {{more}}
            switch: {name: live, controlSocket: live.sock}
            ports:
              - {name: a, type: tap, device: wa, networkNamespace: {{Left.Name}}}
              - {name: b, type: tap, device: wb, networkNamespace: {{Right.Name}}}
            segments:
              - {name: one, vlan: 1}

            """;
        Config = _folder.Write("live.yaml", Text);
        Program = WeftProgram.Start("run", Config);
        Assert.True(Program.WaitForOutput("live is running with 2 ports and 1 segment", Patience), Program.Error);
    }

    /// <summary>The machine behind port a.</summary>
    public NetNamespace Left { get; }

    /// <summary>The machine behind port b.</summary>
    public NetNamespace Right { get; }

    /// <summary>What the configuration said at the start; what is appended is a further segment.</summary>
    public string Text { get; }

    public string Config { get; }

    public string Socket { get; }

    public RunningCommand Program { get; }

    /// <summary>A file beside the configuration.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>Gives the machines their addresses.</summary>
    public void Connect()
    {
        Left.AddAddress("wa", LeftAddress + "/24");
        Right.AddAddress("wb", RightAddress + "/24");
        Left.Ip("link", "set", "wa", "up");
        Right.Ip("link", "set", "wb", "up");
    }

    public void Signal(string signal) => _ = Command.Run("kill", $"-{signal}", $"{Program.ProcessId}").Required();

    public void Dispose()
    {
        Program.Dispose();
        Left.Dispose();
        Right.Dispose();
        _folder.Dispose();
    }
}
