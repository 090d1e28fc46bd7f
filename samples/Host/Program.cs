using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

// A switch in memory: two access ports and a trunk in one VLAN. It runs anywhere, without devices, files or root.
const string Configuration = """
    schema: weft/1
    switch: {name: lab}
    ports:
      - {name: web1, type: tap, device: web1, vlan: {mode: access, id: 10}}
      - {name: web2, type: tap, device: web2, vlan: {mode: access, id: 10}}
      - {name: trunk, type: tap, device: trunk, vlan: {mode: trunk, allowed: [10]}}
    segments:
      - {name: blue, vlan: 10}
    """;

ConfigurationResult configuration = ConfigurationFile.ReadText(Configuration, "lab.yaml");
foreach (ConfigurationProblem problem in configuration.Problems)
{
    Console.Error.WriteLine(problem);
}

if (configuration.Plan is not SwitchPlan plan)
{
    return 1;
}

// Cables in memory take the place of the TAP devices; the switch has one end of each.
MemoryLink[] cables = [.. plan.Ports.Select(port => new MemoryLink(port.Name, $"behind {port.Name}"))];
using var lab = new Switch(plan, [.. cables.Select(cable => cable.Left)]);

MacAddress alice = MacAddress.Parse("02:00:00:00:00:0a"), bob = MacAddress.Parse("02:00:00:00:00:0b");
Timestamp now = Timestamp.FromMilliseconds(1);
cables[0].Right.TrySend(Frame(to: bob, from: alice), now);
lab.RunOnce(now);

Console.WriteLine($"{lab.Totals}");
foreach (FdbEntrySnapshot entry in lab.Snapshot().Fdb)
{
    Console.WriteLine($"{entry.Segment}: {entry.Mac} is behind {entry.Port}");
}

// What would happen to an answer, now that the switch knows alice? Nothing is sent and nothing learned by asking.
Console.Write(PacketTracer.Trace(plan, "web2", Frame(to: alice, from: bob), lab.Snapshot()).ToText());
return 0;

static byte[] Frame(MacAddress to, MacAddress from)
{
    byte[] frame = new byte[60];
    new EthernetHeader { Destination = to, Source = from, EtherType = EtherType.Experimental1 }.Write(frame);
    return frame;
}
