using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Weft.Host.Config.Yaml;

/// <summary>
/// Turns text into nodes within fixed bounds: size, depth and number of values. Aliases, anchors and tags are refused, so
/// every value stands where it is used, an error has one place, and no few lines can expand into millions.
/// </summary>
internal sealed class NodeReader
{
    /// <summary>Longest file: far above any switch, far below what would hurt.</summary>
    public const int MaxBytes = 4 << 20;

    private const int MaxDepth = 16;
    private const int MaxNodes = 400_000;

    private readonly string _file;
    private readonly ProblemList _problems;
    private readonly Parser _parser;
    private readonly Stack<Location> _openBrackets = new();
    private int _nodes;

    private NodeReader(string text, string file, ProblemList problems)
    {
        _file = file;
        _problems = problems;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>Reads a document of one root value; null, and at least one error, if that cannot be done.</summary>
    public static Node? Read(string text, string file, ProblemList problems)
    {
        var reader = new NodeReader(text, file, problems);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException broken)
        {
            // Whatever was read before the break may be half a value: reading on would only tell of its consequences.
            problems.Error(PlaceOf(broken, text, file), $"this is not YAML: {Sentence(broken.Message)}");
            return null;
        }
        catch (Exception broken) when (broken is ArgumentException or InvalidOperationException)
        {
            // YamlDotNet 16.3 breaks off like this, without a place, at an unclosed bracket and at escapes beyond Unicode.
            bool isOpen = reader._openBrackets.TryPeek(out Location? bracket);
            string message = isOpen ? "the bracket that opens here is not closed, or something in it is not separated by ','" : "the text behind this place cannot be read";
            problems.Error(isOpen ? bracket! : reader.Here(), $"this is not YAML: {message}");
            return null;
        }
    }

    private Node? ReadDocument()
    {
        _ = Next();
        if (Next() is StreamEnd)
        {
            _problems.Error(new Location(_file, 1, 1, ""), "the document is empty", "at least 'schema: weft/1' and 'ports:'");
            return null;
        }

        Node? root = ReadNode(Next(), depth: 0);
        if (root is null)
        {
            return null;
        }

        _ = Next();
        if (Next() is not StreamEnd)
        {
            _problems.Error(Here(), "a second document begins here", "one document a file");
        }

        return root;
    }

    /// <returns>Null if a bound was exceeded, which ends the reading.</returns>
    private Node? ReadNode(ParsingEvent start, int depth)
    {
        (int line, int column) = ((int)start.Start.Line, (int)start.Start.Column);
        if (depth > MaxDepth || ++_nodes > MaxNodes)
        {
            string what = depth > MaxDepth ? $"values are nested more than {MaxDepth} deep" : $"there are more than {MaxNodes} values";
            _problems.Error(new Location(_file, line, column, ""), what, "a document a person could read");
            return null;
        }

        Refuse(start, line, column);
        return start switch
        {
            Scalar scalar => new ScalarNode(_file, line, column, scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart list => InBrackets(list.Style == SequenceStyle.Flow, line, column, () => ReadSequence(new SequenceNode(_file, line, column), depth)),
            MappingStart group => InBrackets(group.Style == MappingStyle.Flow, line, column, () => ReadMapping(new MappingNode(_file, line, column), depth)),
            _ => new ScalarNode(_file, line, column, "", isPlain: true),
        };
    }

    private Node? InBrackets(bool isBracket, int line, int column, Func<Node?> read)
    {
        if (!isBracket)
        {
            return read();
        }

        _openBrackets.Push(new Location(_file, line, column, ""));
        Node? node = read();
        _ = _openBrackets.Pop();
        return node;
    }

    private SequenceNode? ReadSequence(SequenceNode sequence, int depth)
    {
        for (ParsingEvent next = Next(); next is not SequenceEnd; next = Next())
        {
            Node? item = ReadNode(next, depth + 1);
            if (item is null)
            {
                return null;
            }

            sequence.Items.Add(item);
        }

        return sequence;
    }

    private MappingNode? ReadMapping(MappingNode mapping, int depth)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (ParsingEvent next = Next(); next is not MappingEnd; next = Next())
        {
            Node? key = ReadNode(next, depth + 1);
            Node? value = key is null ? null : ReadNode(Next(), depth + 1);
            if (key is null || value is null)
            {
                return null;
            }

            if (key is not ScalarNode name)
            {
                _problems.Error(key.At(""), $"{key.Describe()} cannot be a key", "a name");
            }
            else if (seen.TryGetValue(name.Text, out int first))
            {
                _problems.Error(key.At(""), $"the key {name.Describe()} is already on line {first}");
            }
            else
            {
                seen.Add(name.Text, name.Line);
                mapping.Entries.Add((name, value));
            }
        }

        return mapping;
    }

    private void Refuse(ParsingEvent start, int line, int column)
    {
        var at = new Location(_file, line, column, "");
        if (start is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
        {
            _problems.Error(at, "anchors (&) and aliases (*) are not part of this language", "the value itself; quote a text that begins with & or *");
        }
        else if (start is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } })
        {
            _problems.Error(at, "tags (!) are not part of this language", "the value itself; quote a text that begins with !");
        }
    }

    private ParsingEvent Next()
    {
        // A conforming event stream ends with StreamEnd, behind which nobody here reads.
        return _parser.MoveNext() && _parser.Current is not null ? _parser.Current : new StreamEnd();
    }

    private Location Here()
    {
        Mark mark = _parser.Current?.Start ?? Mark.Empty;
        return new Location(_file, Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column), "");
    }

    /// <summary>Where the text breaks. YamlDotNet 16.3 gives the start of the document for a tab in the indentation, so that is looked for.</summary>
    private static Location PlaceOf(YamlException broken, string text, string file)
    {
        (int line, int column) = ((int)broken.Start.Line, (int)broken.Start.Column);
        if (broken.Message.Contains("tab as indentation", StringComparison.Ordinal))
        {
            string[] lines = text.Split('\n');
            int found = Array.FindIndex(lines, candidate => candidate.TrimStart(' ').StartsWith('\t'));
            (line, column) = found < 0 ? (line, column) : (found + 1, lines[found].IndexOf('\t', StringComparison.Ordinal) + 1);
        }

        return new Location(file, line, column, "");
    }

    private static string Sentence(string message)
    {
        string text = message.TrimEnd('.');
        return text.Length == 0 ? "the text breaks off" : char.ToLowerInvariant(text[0]) + text[1..];
    }
}
