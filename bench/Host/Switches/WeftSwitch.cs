using System.Diagnostics;
using Weft.Bench.Ports;

namespace Weft.Bench.Host.Switches;

/// <summary>Ours, as a process of its own.</summary>
internal sealed class WeftSwitch(ForwardingPath path, string port) : SwitchUnderTest(path)
{
    private Process? _current;

    private string Configuration => System.IO.Path.Combine(Folder, "weft.yaml");

    public override void Restart()
    {
        Process before = _current!;
        _current = Run("dotnet", Program, "run", Configuration, "--takeover");
        Await(() => before.HasExited, "the first process does not end");
    }

    protected override void Launch()
    {
        File.WriteAllText(Configuration, $$"""
            schema: weft/1
            switch: {name: bench, controlSocket: "{{Folder}}/weft.sock"}
            ports:
              - {name: left, device: left, mtu: 1500, vlan: {mode: access, id: 10}, {{port}} }
              - {name: right, device: right, mtu: 1500, vlan: {mode: access, id: 10}, {{port}} }
            segments: [{name: lan, vlan: 10}]
            """);
        _current = Run("dotnet", Program, "run", Configuration);
    }

    private static string Program => System.IO.Path.Combine(AppContext.BaseDirectory, "weft.dll");
}
