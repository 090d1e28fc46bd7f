namespace Weft.Host.Config.Comparison;

/// <summary>A configuration as a list of paths with values, defaults included, and of members of lists.</summary>
internal sealed class FlatConfiguration
{
    private readonly Dictionary<string, (string Value, bool IsWritten)> _values = [];
    private readonly Dictionary<string, List<string>> _members = [];
    private readonly Dictionary<string, (int Start, int End)> _spans = [];
    private readonly List<string> _order = [];

    /// <summary>Paths of keys and of lists, in the order of the language.</summary>
    public IReadOnlyList<string> Paths => _order;

    /// <summary>The value of a key.</summary>
    public string? ValueOf(string path) => _values.TryGetValue(path, out (string Value, bool) entry) ? entry.Value : null;

    /// <summary>Paths of the members of a list, in their order; null if the path is no list.</summary>
    public IReadOnlyList<string>? MembersOf(string path) => _members.GetValueOrDefault(path);

    /// <summary>The keys that are written in a member of a list, on one line.</summary>
    public string Describe(string member)
    {
        (int start, int end) = _spans[member];
        IEnumerable<string> written = _order[start..end].Where(key => _values.TryGetValue(key, out (string, bool IsWritten) entry) && entry.IsWritten);
        return string.Join(", ", written.Select(key => $"{key[(member.Length + 1)..]}: {_values[key].Value}"));
    }

    /// <summary>Notes a key.</summary>
    public void Add(string path, string value, bool isWritten)
    {
        _values[path] = (value, isWritten);
        _order.Add(path);
    }

    /// <summary>Notes a list of groups.</summary>
    public void AddList(string path)
    {
        _members[path] = [];
        _order.Add(path);
    }

    /// <summary>Notes a member of a list.</summary>
    /// <param name="list">Path of the list.</param>
    /// <param name="name">What tells it from others.</param>
    /// <param name="fill">Notes what is in it, below the path that it is given.</param>
    public void AddMember(string list, string name, Action<string> fill)
    {
        string path = $"{list}[{name}]";
        for (int number = 2; _spans.ContainsKey(path); number++)
        {
            path = $"{list}[{name}#{number}]";
        }

        _members[list].Add(path);
        int start = _order.Count;
        _spans[path] = (start, start);
        fill(path);
        _spans[path] = (start, _order.Count);
    }
}
