using Weft.Analytics;

namespace Weft.Host.Analytics.Processes;

/// <summary>
/// The processes that there are and what each does: events and looks into /proc become features of <see cref="ProcessInstance"/>s.
/// One thread. Its work is bounded: processes beyond the limit are counted and not watched.
/// </summary>
internal sealed class ProcessTracker(Procfs procfs, ProcessScope scope, PeerGroups groups, int maxProcesses)
{
    private const int FirstEphemeralPort = 32_768;
    private const int DescriptorsPerPoll = 64;
    private const int MaxKnownSockets = 262_144;
    private const int LooksForOwner = 10;
    private const string Unknown = "?";

    private readonly Dictionary<int, ProcessInstance> _processes = [];
    private readonly HashSet<int> _forked = [];
    private readonly HashSet<ulong> _knownSockets = [];
    private readonly Dictionary<ulong, int> _orphans = [];
    private readonly Queue<int> _descriptorTurns = new();

    /// <summary>Processes that are watched now.</summary>
    public IReadOnlyCollection<ProcessInstance> Processes => _processes.Values;

    /// <summary>Processes that began and were seen, since the start.</summary>
    public long Seen { get; private set; }

    /// <summary>Processes that ended before anybody could look at them.</summary>
    public long Missed { get; private set; }

    /// <summary>Processes not watched because there were too many.</summary>
    public long Refused { get; private set; }

    /// <summary>Called with each process that ends, or runs another program from now on.</summary>
    public Action<ProcessInstance>? Ended { get; set; }

    /// <summary>Takes an event of the kernel.</summary>
    public void OnEvent(ProcessEvent happened)
    {
        switch (happened.Kind)
        {
            case ProcessEventKind.Exec:
                Begin(happened.ProcessId, isExec: true);
                break;
            case ProcessEventKind.Fork:
                // Most exec at once; who has not by the next look is a process with its parent's program.
                _ = _forked.Add(happened.ProcessId);
                break;
            default:
                End(happened.ProcessId);
                break;
        }
    }

    /// <summary>Compares what is known with the whole of /proc: at the start, after events were lost, and always where there are none.</summary>
    public void Rescan()
    {
        HashSet<int> present = [.. procfs.ProcessIds()];
        foreach (int gone in _processes.Keys.Where(process => !present.Contains(process)).ToArray())
        {
            End(gone);
        }

        foreach (int process in present.Order())
        {
            bool isKnown = _processes.TryGetValue(process, out ProcessInstance? known);
            if (!isKnown || procfs.ExecutableOf(process) != known!.Description.Executable)
            {
                Begin(process, isExec: isKnown);
            }
        }
    }

    /// <summary>Looks at what processes have open.</summary>
    public void Poll()
    {
        foreach (int process in _forked.ToArray())
        {
            Begin(process, isExec: false);
        }

        _forked.Clear();
        foreach (IGrouping<string, ProcessInstance> network in _processes.Values.GroupBy(process => process.Description.NetworkNamespace).ToArray())
        {
            PollSockets([.. network]);
        }

        for (int i = Math.Min(DescriptorsPerPoll, _descriptorTurns.Count); i > 0; i--)
        {
            int process = _descriptorTurns.Dequeue();
            if (_processes.TryGetValue(process, out ProcessInstance? instance))
            {
                NoteFiles(instance, Descriptors(process).Files);
                _descriptorTurns.Enqueue(process);
            }
        }
    }

    private void Begin(int process, bool isExec)
    {
        _ = _forked.Remove(process);
        if (procfs.Describe(process) is not ProcessDescription description)
        {
            Missed += isExec ? 1 : 0;
            return;
        }

        if (!scope.Contains(description))
        {
            End(process);
            return;
        }

        if (_processes.TryGetValue(process, out ProcessInstance? before))
        {
            if (!isExec && before.Description.StartTicks == description.StartTicks && before.Description.Executable == description.Executable)
            {
                return;
            }

            End(process);
        }

        if (_processes.Count >= maxProcesses)
        {
            Refused++;
            return;
        }

        ProcessInstance? parent = _processes.GetValueOrDefault(description.ParentId);
        string parentExecutable = parent?.Description.Executable ?? procfs.ExecutableOf(description.ParentId) ?? Unknown;
        if (isExec && before is not null && before.Description.StartTicks == description.StartTicks && before.Description.Executable != description.Executable)
        {
            // The program that called exec is what started this one, as much as a parent that forked.
            (parent, parentExecutable) = (before, before.Description.Executable);
        }

        _processes[process] = new ProcessInstance(description, parent, parentExecutable);
        _descriptorTurns.Enqueue(process);
        Seen++;
        if (parent is { IsService: true } && parent.Description.Executable != description.Executable)
        {
            parent.Add(FeatureKind.Child, description.Executable);
        }
    }

    private void End(int process)
    {
        _ = _forked.Remove(process);
        if (_processes.Remove(process, out ProcessInstance? ended))
        {
            Ended?.Invoke(ended);
        }
    }

    /// <summary>Finds the owners of sockets that were not there before. Without new ones this is but the reading of four tables.</summary>
    private void PollSockets(IReadOnlyList<ProcessInstance> processes)
    {
        List<SocketEntry> sockets = procfs.SocketsBeside(processes[0].Description.ProcessId);
        Dictionary<ulong, SocketEntry> fresh = [];
        foreach (SocketEntry socket in sockets.Where(socket => socket.Inode != 0 && !_knownSockets.Contains(socket.Inode)))
        {
            fresh[socket.Inode] = socket;
        }

        if (fresh.Count == 0)
        {
            return;
        }

        HashSet<ulong> found = [];
        HashSet<(bool IsTcp, ushort Port)> servers = [.. sockets.Where(socket => socket.IsServer).Select(socket => (socket.IsTcp, socket.LocalPort))];
        foreach (ProcessInstance process in processes)
        {
            (HashSet<ulong> owned, List<string> files) = Descriptors(process.Description.ProcessId);
            NoteFiles(process, files);
            foreach (ulong inode in owned)
            {
                if (fresh.TryGetValue(inode, out SocketEntry socket))
                {
                    Note(process, socket, servers);
                    _ = found.Add(inode);
                }
            }
        }

        Remember(fresh.Values, found);
    }

    /// <summary>
    /// Sockets that need no further look. One without an owner may be of a process that is not known yet, so it is looked for a few
    /// times more; a UDP socket can still get its peer.
    /// </summary>
    private void Remember(IEnumerable<SocketEntry> fresh, HashSet<ulong> found)
    {
        if (_knownSockets.Count > MaxKnownSockets)
        {
            _knownSockets.Clear();
            _orphans.Clear();
        }

        foreach (SocketEntry socket in fresh)
        {
            bool isDone = socket.IsTcp || socket.RemotePort != 0 || socket.LocalPort < FirstEphemeralPort;
            int looks = found.Contains(socket.Inode) ? LooksForOwner : _orphans.GetValueOrDefault(socket.Inode) + 1;
            if (!isDone || looks < LooksForOwner)
            {
                _orphans[socket.Inode] = looks;
                continue;
            }

            _ = _orphans.Remove(socket.Inode);
            _ = _knownSockets.Add(socket.Inode);
        }
    }

    private void Note(ProcessInstance process, SocketEntry socket, HashSet<(bool IsTcp, ushort Port)> servers)
    {
        string protocol = socket.IsTcp ? "tcp" : "udp";
        if (socket.IsServer)
        {
            if (socket.LocalPort is > 0 and < FirstEphemeralPort)
            {
                process.Add(FeatureKind.Listen, $"{protocol}/{socket.LocalPort}");
            }

            return;
        }

        bool isAnswer = servers.Contains((socket.IsTcp, socket.LocalPort));
        if (!isAnswer && socket.RemotePort != 0)
        {
            string port = socket.RemotePort < FirstEphemeralPort ? $"{socket.RemotePort}" : "ephemeral";
            string feature = $"{groups.NameOf(socket.Remote)} {protocol}/{port}";
            process.Peers[feature] = $"{socket.Remote} port {socket.RemotePort}";
            process.Add(FeatureKind.Connect, feature);
        }
    }

    private (HashSet<ulong> Sockets, List<string> Files) Descriptors(int process)
    {
        var sockets = new HashSet<ulong>();
        var files = new List<string>();
        procfs.ReadDescriptors(process, sockets, files);
        return (sockets, files);
    }

    private static void NoteFiles(ProcessInstance process, List<string> files)
    {
        foreach (string folder in files.Where(file => !file.StartsWith("/dev/", StringComparison.Ordinal) && !file.StartsWith("/proc/", StringComparison.Ordinal)).Select(CommandLineShape.FolderOf).Distinct())
        {
            process.Add(FeatureKind.File, folder);
        }
    }
}
