using System.Globalization;

namespace Weft.Ids;

/// <summary>
/// Reads the options of one rule. Modifiers change the content that was read last; a keyword that names a buffer says where
/// all contents behind it are looked for.
/// </summary>
internal sealed class OptionReader(Rule rule, ByteSetCache sets)
{
    private readonly ByteOptionReader _bytes = new();
    private RuleSection? _current;
    // Where the last check was put, of whatever kind: relative checks follow it.
    private RuleSection? _lastSection;
    private Content? _last;

    // Where the last content is, which other checks may have followed elsewhere before its modifiers come.
    private RuleSection? _sectionOfLast;
    private Base64Decode? _decode;
    private bool _isInDecoded;
    private bool _hasFastPattern;

    public RuleError Read(string keyword, string value)
    {
        switch (keyword)
        {
            case "msg":
                return ReadMessage(value);
            case "sid":
                RuleError sidError = ReadNumber(value, 1, out uint sid);
                rule.Sid = sid;
                return sidError;
            case "gid":
                RuleError gidError = ReadNumber(value, 0, out uint gid);
                rule.Gid = gid;
                return gidError;
            case "rev":
                RuleError revError = ReadNumber(value, 0, out uint rev);
                rule.Rev = rev;
                return revError;
            case "priority":
                RuleError priorityError = ReadNumber(value, 1, out uint priority);
                rule.Priority = (byte)priority;
                return priority > byte.MaxValue ? RuleError.BadValue : priorityError;
            case "classtype":
                rule.ClassType = value;
                return RuleError.None;
            case "reference" or "metadata" or "target" or "rawbytes" or "prefilter":
                return RuleError.None;
            case "tag":
                return value.Length > 0 ? RuleError.None : RuleError.BadValue;
            case "noalert":
                rule.IsSilent = true;
                return RuleError.None;
            default:
                return ReadCheck(keyword, value);
        }
    }

    private RuleError ReadCheck(string keyword, string value)
    {
        switch (keyword)
        {
            case "content" or "uricontent":
                return ReadContent(value, keyword == "uricontent" ? BufferKind.HttpUri : null);
            case "pcre":
                return ReadPcre(value);
            case "isdataat":
                return ReadIsDataAt(value);
            case "byte_test":
                return Add(_bytes.ReadTest(value, out PayloadCheck? test), test);
            case "byte_jump":
                return Add(_bytes.ReadJump(value, out PayloadCheck? jump), jump);
            case "byte_extract":
                return Add(_bytes.ReadExtract(value, out PayloadCheck? extract), extract);
            case "byte_math":
                return Add(_bytes.ReadMath(value, out PayloadCheck? math), math);
            case "bsize":
                return NumberRange.TryParse(value, out NumberRange size) ? Add(RuleError.None, new SizeCheck(size)) : RuleError.BadValue;
            case "urilen":
                return ReadUriLength(value);
            case "absent":
                return ReadAbsent(value);
            case "base64_decode":
                return ReadBase64(value);
            case "base64_data":
                _isInDecoded = _decode is not null;
                return _decode is null ? RuleError.ModifierWithoutContent : RuleError.None;
            default:
                return ReadBuffer(keyword, value);
        }
    }

    private RuleError ReadBuffer(string keyword, string value)
    {
        if (BufferNames.TrySticky(keyword, out BufferKind kind))
        {
            _current = kind == BufferKind.Payload ? null : rule.SectionOf(kind, BufferTraits.IsMultiple(kind));
            _lastSection = _current;
            _last = null;
            _isInDecoded = false;
            return value.Length == 0 ? RuleError.None : RuleError.BadValue;
        }

        if (BufferNames.TryModifier(keyword, out kind))
        {
            return MoveLast(kind);
        }

        if (Transform.TryRead(keyword, value, out Transform? transform))
        {
            return AddTransform(transform);
        }

        return NumberOptions.TryRead(keyword, value, rule, out RuleError numberError) ? numberError
            : StateOptionReader.TryRead(keyword, value, rule, out RuleError stateError) ? stateError
            : HeaderOptions.TryRead(keyword, value, rule, out RuleError headerError) ? headerError
            : ReadModifier(keyword, value);
    }

    private static RuleError ReadNumber(string text, uint least, out uint value) =>
        uint.TryParse(text, NumberStyles.None, null, out value) && value >= least ? RuleError.None : RuleError.BadValue;

    private RuleError AddTransform(Transform? transform)
    {
        if (transform is null)
        {
            return RuleError.BadValue;
        }

        if (_current is null || _isInDecoded)
        {
            return RuleError.ModifierWithoutContent;
        }

        // Checks of the plain buffer stay with it.
        _ = Current();
        if (_current.Checks.Count > 0)
        {
            _current = rule.SectionOf(_current.Kind, isNew: true);
        }

        _current.Transforms.Add(transform);
        return RuleError.None;
    }

    /// <summary>Adds a check to the buffer that was named last; without one, a relative check follows what it is relative to.</summary>
    private RuleError Add(RuleError error, PayloadCheck? check)
    {
        if (check is null || error != RuleError.None)
        {
            return error;
        }

        if (_isInDecoded)
        {
            _decode!.Inner.Add(check);
            return error;
        }

        RuleSection section = Current() ?? (check.IsRelative && _lastSection is not null ? _lastSection : rule.SectionOf(BufferKind.Payload));
        section.Checks.Add(check);
        _lastSection = section;
        return error;
    }

    private RuleError ReadMessage(string value)
    {
        if (value is not ['"', .., '"'])
        {
            return RuleError.BadQuotes;
        }

        rule.Message = value[1..^1].Replace("\\;", ";", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal);
        return RuleError.None;
    }

    private RuleError ReadContent(string value, BufferKind? kind)
    {
        RuleError error = ContentText.Read(value, out byte[] bytes, out bool negated, out string rest);
        if (error != RuleError.None)
        {
            return error;
        }

        _last = new Content { Bytes = bytes, IsNegated = negated };
        _sectionOfLast = null;
        if (_isInDecoded)
        {
            _decode!.Inner.Add(_last);
        }
        else
        {
            _sectionOfLast = _lastSection = kind is BufferKind named ? rule.SectionOf(named) : Current() ?? rule.SectionOf(BufferKind.Payload);
            _lastSection.Checks.Add(_last);
        }

        // Snort 3 has the modifiers behind commas.
        foreach (string modifier in rest.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int space = modifier.IndexOf(' ', StringComparison.Ordinal);
            error = ReadModifier(space < 0 ? modifier : modifier[..space], space < 0 ? "" : modifier[(space + 1)..].Trim());
            if (error != RuleError.None)
            {
                return error;
            }
        }

        return RuleError.None;
    }

    private RuleError MoveLast(BufferKind kind)
    {
        // Snort 2 lets a modifier take a content out of decoded bytes and of a file; Suricata has none behind other buffers.
        if (_last is null || (_sectionOfLast is null && !_isInDecoded))
        {
            return RuleError.ModifierWithoutContent;
        }

        if (_current is not null && _current.Kind != BufferKind.FileData)
        {
            return RuleError.ConflictingModifiers;
        }

        if (!_isInDecoded || !_decode!.Inner.Remove(_last))
        {
            _sectionOfLast!.Checks.Remove(_last);
            DropIfEmpty(_sectionOfLast);
        }

        _sectionOfLast = _lastSection = rule.SectionOf(kind);
        _lastSection.Checks.Add(_last);
        return RuleError.None;
    }

    // Nothing asks for a buffer in which nothing is looked for. It comes back with what is looked for in it later.
    private void DropIfEmpty(RuleSection section)
    {
        if (section.Checks.Count == 0)
        {
            rule.Sections.Remove(section);
        }
    }

    private RuleSection? Current()
    {
        if (_current is not null && !rule.Sections.Contains(_current))
        {
            rule.Sections.Add(_current);
        }

        return _current;
    }

    private RuleError ReadModifier(string keyword, string value)
    {
        if (keyword is "fast_pattern_offset" or "fast_pattern_length" && _last is not null)
        {
            // Which part of a string is looked for first is decided by what all strings have in common.
            return ReadNumber(value, 0, out uint part) != RuleError.None || part > _last.Bytes.Length ? RuleError.BadValue : RuleError.None;
        }

        if (keyword is not ("nocase" or "offset" or "depth" or "distance" or "within" or "startswith" or "endswith" or "fast_pattern"))
        {
            return RuleError.UnknownKeyword;
        }

        if (_last is not Content content)
        {
            return RuleError.ModifierWithoutContent;
        }

        if (keyword == "fast_pattern")
        {
            bool isSecond = _hasFastPattern;
            _hasFastPattern = content.IsFastPattern = true;
            return isSecond ? RuleError.SecondFastPattern : RuleError.None;
        }

        Operand operand = default;
        if (keyword is "offset" or "depth" or "distance" or "within" && !_bytes.TryReadOperand(value, out operand))
        {
            return RuleError.BadValue;
        }

        return ContentModifiers.Apply(content, keyword, operand);
    }

    private RuleError ReadPcre(string value)
    {
        bool negated = value.StartsWith('!');
        value = (negated ? value[1..] : value).Trim();
        bool isQuoted = value is ['"', '/', .., '"'];
        if (!isQuoted && value is not ['/', ..])
        {
            return RuleError.BadQuotes;
        }

        string text = isQuoted ? value[1..^1] : value;
        RuleError error = PcreText.Read(text, sets, out Expression? expression, out PcreFlags flags);
        if (expression is null)
        {
            return error;
        }

        var check = new Pcre(text, expression, flags.IsRelative, negated);
        if (flags.Buffer is BufferKind kind && !_isInDecoded)
        {
            // A response's body is what file_data is in that direction.
            bool isSame = _current?.Kind == kind || (_current?.Kind == BufferKind.FileData && kind == BufferKind.HttpResponseBody);
            if (_current is not null && !isSame && _current.Kind != BufferKind.FileData)
            {
                return RuleError.ConflictingModifiers;
            }

            _lastSection = isSame ? Current()! : rule.SectionOf(kind);
            _lastSection.Checks.Add(check);
            return RuleError.None;
        }

        return Add(error, check);
    }

    private RuleError ReadIsDataAt(string value)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        bool negated = words[0].StartsWith('!');
        if (!_bytes.TryReadOperand(words[0].TrimStart('!').Trim(), out Operand position) || words[1..].Any(word => word is not ("relative" or "rawbytes")))
        {
            return RuleError.BadValue;
        }

        return Add(RuleError.None, new IsDataAt(position, negated, words.Contains("relative")));
    }

    private RuleError ReadUriLength(string value)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        if (words.Length > 2 || words[1..].Any(word => word is not ("raw" or "norm")) || !NumberRange.TryParse(words[0], out NumberRange range))
        {
            return RuleError.BadValue;
        }

        rule.SectionOf(words is [_, "raw"] ? BufferKind.HttpRawUri : BufferKind.HttpUri).Checks.Add(new SizeCheck(range));
        return RuleError.None;
    }

    private RuleError ReadAbsent(string value)
    {
        if (_current is null || _current.IsAbsent || (value.Length > 0 && value != "or_else"))
        {
            return _current is null ? RuleError.ModifierWithoutContent : RuleError.BadValue;
        }

        _current.IsAbsent = value.Length == 0;
        _current.AbsentOrElse = value.Length > 0;
        return RuleError.None;
    }

    private RuleError ReadBase64(string value)
    {
        int bytes = 0;
        int offset = 0;
        bool relative = false;
        foreach (string part in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            bool isRead = words switch
            {
                ["bytes", string text] => int.TryParse(text, NumberStyles.None, null, out bytes) && bytes <= ushort.MaxValue,
                ["offset", string text] => int.TryParse(text, NumberStyles.None, null, out offset) && offset <= ushort.MaxValue,
                ["relative"] => relative = true,
                _ => false,
            };
            if (!isRead)
            {
                return RuleError.BadValue;
            }
        }

        RuleError error = _decode is null && !_isInDecoded ? RuleError.None : RuleError.ConflictingModifiers;
        return Add(error, error == RuleError.None ? _decode = new Base64Decode(bytes, offset, relative) : null);
    }
}
