# Completion of weft in fish. Load it with
#   weft completion fish | source
# or put it into ~/.config/fish/completions/weft.fish.
function __weft_words
    set -l line (commandline -cp)
    set -l word (commandline -ct)
    set -l program (commandline -opc)[1]
    set -l found (command $program "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
    # Options are offered to who begins one; otherwise files have their turn.
    if not string match -q -- '-*' "$word"
        set found (string match -v -- '-*' $found)
    end
    set found (string match -r -- '.+' $found)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$word"
    end
end
complete -c weft -f -a '(__weft_words)'
