namespace Weft.MeshAgent.Certificates;

/// <summary>
/// Looks at the files of an identity from time to time. What can be used takes effect; what cannot is reported once and changes nothing, so a
/// certificate that is still valid is never given up because its renewal failed.
/// </summary>
internal sealed class IdentityWatcher
{
    private const double Halfway = 0.5;
    private const double Late = 0.8;

    private readonly CertificateFiles _files;
    private readonly TimeProvider _time;
    private readonly Action<MeshIdentity> _changed;
    private readonly Action<MeshAgentEventKind, string> _tell;
    private string _stamp;
    private string? _suspect;
    private MeshIdentity _current;
    private MeshAgentEventKind? _told;

    /// <summary>Begins with what the files have now.</summary>
    /// <exception cref="InvalidDataException">They cannot be used.</exception>
    public IdentityWatcher(CertificateFiles files, TimeProvider time, Action<MeshIdentity> changed, Action<MeshAgentEventKind, string> tell)
    {
        _files = files;
        _time = time;
        _changed = changed;
        _tell = tell;
        _stamp = Stamp();
        _current = MeshIdentity.Load(files, time);
        WarnOfMode();
    }

    public MeshIdentity Current => _current;

    /// <summary>Looks once.</summary>
    public void Check()
    {
        string stamp = Stamp();
        if (stamp != _stamp)
        {
            TryLoad(stamp);
        }

        WarnOfAge();
    }

    private void TryLoad(string stamp)
    {
        try
        {
            MeshIdentity next = MeshIdentity.Load(_files, _time);
            (_stamp, _suspect, _told) = (stamp, null, null);
            _current = next;
            _changed(next);
            _tell(MeshAgentEventKind.CertificatesLoaded, $"{next.Id} until {next.NotAfter:u}");
            WarnOfMode();
        }
        catch (InvalidDataException refused)
        {
            // Files are replaced one after the other: only what is the same at the next look is meant.
            if (_suspect == stamp)
            {
                _stamp = stamp;
                _tell(MeshAgentEventKind.CertificatesRefused, $"{refused.Message}; {_current.Id} goes on with the certificate that is valid until {_current.NotAfter:u}");
            }

            _suspect = stamp;
        }
    }

    private void WarnOfAge()
    {
        double age = (_time.GetUtcNow() - _current.NotBefore) / (_current.NotAfter - _current.NotBefore);
        MeshAgentEventKind? due = age > 1 ? MeshAgentEventKind.CertificateExpired
            : age > Late ? MeshAgentEventKind.CertificateExpiresSoon
            : age > Halfway ? MeshAgentEventKind.CertificateHalfway
            : null;
        if (due is not null && due != _told)
        {
            _told = due;
            _tell(due.Value, $"{_current.Id}: the certificate of {_current.NotBefore:u} to {_current.NotAfter:u} has not been renewed");
        }
    }

    private void WarnOfMode()
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_files.Key) & others) != 0)
        {
            _tell(MeshAgentEventKind.KeyReadableByOthers, $"{_files.Key} can be read by others than its owner: chmod 600");
        }
    }

    // Time, length and the file behind links: what replaces a file changes one of them.
    private string Stamp() => string.Join('|', _files.Bundles.Values.Append(_files.Certificate).Append(_files.Key).Select(path =>
    {
        var file = new FileInfo(path);
        FileSystemInfo? target = file.Exists ? file.ResolveLinkTarget(returnFinalTarget: true) : null;
        return file.Exists ? $"{target?.FullName} {(target ?? file).LastWriteTimeUtc.Ticks} {(target as FileInfo ?? file).Length}" : "none";
    }));
}
