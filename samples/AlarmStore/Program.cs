using Weft.AlarmStore;
using Weft.Analytics;

// An alarm is stored, and is still there when the program starts again.
string folder = Directory.CreateTempSubdirectory("weft-alarms-").FullName;
string path = Path.Combine(folder, "alarms.db");
var alarm = new AlarmRecord
{
    Time = DateTimeOffset.UtcNow,
    Resource = "web-1",
    Type = "process-behaviour",
    Qualifier = "/tmp/x",
    Change = AlarmChange.Raised,
    Severity = AlarmSeverity.Critical,
    Score = 97,
    Occurrences = 1,
    Text = "/tmp/x, started by nginx, connects to 203.0.113.9 port 4444",
    Features = [new("process.executable", "/tmp/x", 2.1), new("process.parent", "/usr/sbin/nginx", 1.4)],
};
using (AlarmDatabase store = AlarmDatabase.OpenSqlite(path, origin: "switch-1"))
{
    store.Append([alarm]);
}

using (AlarmDatabase store = AlarmDatabase.OpenSqlite(path, origin: "switch-1"))
{
    foreach (AlarmRecord active in store.Active(count: 10))
    {
        Console.WriteLine($"{active.Severity} {active.Resource}: {active.Text}");
    }
}

Directory.Delete(folder, recursive: true);
