using System.Text;
using Weft.Analytics;
using Weft.Flows;
using Weft.Packets;

// 1. Which alarm matters? Learn what a web server does, then score what was never seen of it.
var schema = new HoloEntropySchema(new HashSeed(1, 2)); // in production HashSeed.CreateRandom()
AttributeId process = schema.AddAttribute("process", maxValues: 100);
AttributeId port = schema.AddAttribute("port", maxValues: 1_000);
_ = schema.AddComposite("process and port", [process, port], maxValues: 1_000);
var model = new HoloEntropyModel(schema);
var learned = new List<ushort>();
for (int i = 0; i < 200; i++)
{
    ushort[] row = Row(schema, i % 2 == 0 ? "nginx" : "postgres", i % 2 == 0 ? "443" : "5432", learn: true);
    _ = model.Add(row);
    learned.AddRange(row);
}

HoloEntropySnapshot intended = model.Publish(new HoloEntropyOptions { FalseAlarmRate = 0.01 }, learned.ToArray());
foreach ((string who, string where) in new[] { ("nginx", "443"), ("nginx", "5432"), ("python", "4444") })
{
    ushort[] row = Row(intended.Schema, who, where, learn: false);
    AlarmScore score = intended.Score(row);
    Console.WriteLine($"{who} on port {where}: score {score.Score:F0}, {score.Severity}, most of it from '{schema.NameOf(score.TopAttribute)}'");
}

// 2. What is abnormal? A process is a vector of features; an update becomes normal when enough machines show it.
var space = new FeatureSpace(256, FeatureMapping.Registry, new HashSeed(3, 4));
var behaviour = new MicroClusterModel(space, new MicroClusterOptions { MinSources = 3, Dwell = TimeSpan.FromMinutes(1) });
_ = behaviour.TrainLeaders(Vector("nginx", "systemd", "tcp/443"), Timestamp.Zero);
Span<ushort> extra = stackalloc ushort[8];
for (int minute = 0; minute < 8; minute++)
{
    BehaviorVerdict verdict = behaviour.Observe(
        Vector("nginx", "systemd", "tcp/443", "tcp/8443", "quic/443"), source: (ulong)minute % 3, Timestamp.FromSeconds(60 * minute), extra);
    _ = space.TryName(verdict.ExtraCount > 0 ? extra[0] : 0, out FeatureKind kind, out ReadOnlySpan<byte> name);
    Console.WriteLine($"minute {minute}: {(verdict.IsAnomalous ? "alarm" : "normal")}, {verdict.Adaptation}, {kind} {Encoding.UTF8.GetString(name)}");
}

// 3. How well is it segmented? A rule that lets the world reach a machine lowers more than that machine's quotient.
var builder = new QuotientModelBuilder();
EntityType machine = builder.AddType("machine");
QuotientFeature policy = builder.AddFeature(machine, "policy", weight: 1);
QuotientAttribute coverage = builder.AddAttribute(policy, "flows covered at both ends", AttributeFunction.Ramp, threshold: 0.95, weight: 0.6);
_ = builder.AddCoupled(policy, "who may reach it", Coupling.MeanOfPeers, weight: 0.4);
var graph = new SegmentationGraph(builder.Build(), capacity: 3);
SlotHandle web = graph.Add(machine, SlotHandle.None);
SlotHandle database = graph.Add(machine, SlotHandle.None);
SlotHandle printer = graph.Add(machine, SlotHandle.None);
_ = graph.SetAttribute(web, coverage, 0.95);
_ = graph.SetAttribute(database, coverage, 0.9);
_ = graph.SetAttribute(printer, coverage, 0.1);
_ = graph.SetPeers(database, [new PeerEdge(web)]);
_ = graph.SetPeers(web, [new PeerEdge(database)]);
var solver = new QuotientSolver(graph);
_ = solver.Solve();
Console.WriteLine($"web {solver.QuotientOf(web):F1}, database {solver.QuotientOf(database):F1}, printer {solver.QuotientOf(printer):F1}");
var changes = new QuotientChange[3];
int affected = solver.WhatIfPeers(database, [new PeerEdge(web), new PeerEdge(printer)], changes);
Console.WriteLine($"if the printer could reach the database: {affected} quotients change, its own from {changes[0].Before:F1} to {changes[0].After:F1}");

static ushort[] Row(HoloEntropySchema schema, string process, string port, bool learn)
{
    ushort[] row = new ushort[schema.ColumnCount];
    string[] values = [process, port];
    for (int i = 0; i < values.Length; i++)
    {
        byte[] value = Encoding.UTF8.GetBytes(values[i]);
        row[i] = learn ? schema.Intern(new AttributeId(i), value) : schema.Find(new AttributeId(i), value);
    }

    schema.Complete(row, learn);
    return row;
}

ulong[] Vector(string executable, string parent, params string[] listens)
{
    ulong[] vector = new ulong[space.Words];
    space.Set(vector, FeatureKind.Executable, Encoding.UTF8.GetBytes(executable));
    space.Set(vector, FeatureKind.Parent, Encoding.UTF8.GetBytes(parent));
    foreach (string listen in listens)
    {
        space.Set(vector, FeatureKind.Listen, Encoding.UTF8.GetBytes(listen));
    }

    return vector;
}
