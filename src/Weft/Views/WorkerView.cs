using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Workers as a table.</summary>
internal static class WorkerView
{
    public static void Write(SwitchSnapshot snapshot) => Terminal.Write("Workers", Tables.Of(
        snapshot.Workers,
        ("#worker", worker => $"{worker.Index}"),
        ("#core", worker => worker.Core is int core ? $"{core}" : "-"),
        ("ports", worker => worker.Ports.Count == 0 ? "-" : string.Join(", ", worker.Ports)),
        ("#received", worker => Tables.Count(worker.Received)),
        ("#taken over", worker => Tables.Count(worker.HandedIn)),
        ("#handed over", worker => Tables.Count(worker.HandedOut)),
        ("#waiting", worker => Tables.Count(worker.Waiting)),
        ("#ring full", worker => Tables.Count(worker.RingFull)),
        ("#dropped", worker => Tables.Count(worker.Dropped)),
        ("#sent", worker => Tables.Count(worker.Sent)),
        ("#free buffers", worker => $"{Tables.Count(worker.BuffersFree)} of {Tables.Count(worker.Buffers)}")));
}
