using System.Diagnostics;
using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>Ours, as a process of its own.</summary>
/// <param name="path">Where.</param>
/// <param name="port">Type and driver of its ports.</param>
/// <param name="more">Sections of its configuration besides.</param>
/// <param name="hasOther">Whether it has a third port that no frame passes.</param>
internal class WeftSwitch(ForwardingPath path, string port = "type: af_packet", string more = "", bool hasOther = false) : SwitchUnderTest(path)
{
    private Process? _current;
    private int _changes;

    protected static string Program => System.IO.Path.Combine(AppContext.BaseDirectory, "weft.dll");

    protected string Configuration => System.IO.Path.Combine(Folder, "weft.yaml");

    public override void Restart()
    {
        Process before = _current!;
        _current = Run("dotnet", Program, "run", Configuration, "--takeover");
        Await(() => before.HasExited, "the first process does not end");
    }

    /// <summary>Another MTU for the port that no frame passes.</summary>
    public override void Reload()
    {
        _changes++;
        File.WriteAllText(Configuration, Text);
        _ = PeerProcess.Run("kill", "-HUP", $"{_current!.Id}");
    }

    protected override void Launch()
    {
        File.WriteAllText(Configuration, Text);
        _current = Run("dotnet", Program, "run", Configuration);
    }

    /// <summary>The whole configuration.</summary>
    protected virtual string Text => $$"""
        schema: weft/1
        switch: {name: bench, controlSocket: "{{Folder}}/weft.sock"}
        ports:
          - {name: left, device: left, mtu: 1500, vlan: {mode: access, id: 10}, {{port}} }
          - {name: right, device: right, mtu: 1500, vlan: {mode: access, id: 10}, {{port}} }
        {{(hasOther ? $"  - {{name: other, type: tap, device: other, mtu: {1400 + _changes % 2}, vlan: {{mode: access, id: 20}} }}" : "")}}
        segments: [{name: lan, vlan: 10}, {name: rest, vlan: 20}]
        {{more}}
        """;
}
