module github.com/callboard-dev/callboard

go 1.26.0
